internal import AMQP
internal import MoltBotCore
internal import NIOCore

/// Questions and answers as they travel: JSON, several in a message, answers in the order of the questions.
enum LookupWire {
    /// Questions in one message.
    static let maximumQuestions = 500
    /// Bytes of events in one answer; what goes beyond it counts as unknown, and is looked for in the stream itself.
    static let maximumAnswerBytes = 16 * 1024 * 1024

    static func encode(_ questions: [LedgerQuestion]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("questions")
        writer.beginArray()
        for question in questions {
            writer.beginObject()
            writer.member("task_id", question.taskID.rawValue)
            writer.member("workspace", question.workspace.name)
            writer.member("redrives", question.redrives)
            writer.member("idempotency_key", question.idempotencyKey)
            if let fingerprint = question.fingerprint { writer.member("fingerprint", fingerprint) }
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    /// Nil when the message is no list of questions.
    static func questions(in body: ByteBuffer) -> [LedgerQuestion]? {
        guard let document = try? body.withUnsafeReadableBytes({ try JSONValue.parse($0) }),
            let elements = document["questions"]?.arrayValue, elements.count <= maximumQuestions
        else { return nil }
        let questions = elements.compactMap { element -> LedgerQuestion? in
            guard let id = element["task_id"]?.stringValue.flatMap({ TaskID($0) }),
                let workspace = element["workspace"]?.stringValue.flatMap({ Workspace($0) }),
                let redrives = element["redrives"]?.integerValue, (0...Int64(TaskEnvelope.maximumRedrives)).contains(redrives)
            else { return nil }
            return LedgerQuestion(
                taskID: id, workspace: workspace, redrives: Int(redrives), idempotencyKey: element["idempotency_key"]?.stringValue,
                fingerprint: element["fingerprint"]?.stringValue)
        }
        return questions.count == elements.count ? questions : nil
    }

    static func encode(_ answers: [LedgerAnswer]) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 4096)
        writer.beginObject()
        writer.name("answers")
        writer.beginArray()
        for answer in answers {
            if writer.bytes.count > maximumAnswerBytes { write(.unknown, &writer) } else { write(answer, &writer) }
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private static func write(_ answer: LedgerAnswer, _ writer: inout JSONWriter) {
        writer.beginObject()
        switch answer {
        case .unknown:
            writer.member("is", "unknown")
        case .open(let status):
            writer.member("is", "open")
            writer.member("status", status.rawValue)
        case .ended(let event):
            writer.member("is", "ended")
            // As text: the event is read by the same code as everywhere.
            writer.member("event", String(decoding: event.encode(), as: UTF8.self))
        case .paid(let event):
            writer.member("is", "paid")
            writer.member("event", String(decoding: event.encode(), as: UTF8.self))
        case .waitsFor(let task):
            writer.member("is", "waits_for")
            writer.member("task_id", task.rawValue)
        case .refused:
            writer.member("is", "refused")
        }
        writer.endObject()
    }

    /// Answers that cannot be read count as unknown; nil when the message is no list of them.
    static func answers(in body: ByteBuffer) -> [LedgerAnswer]? {
        guard let document = try? body.withUnsafeReadableBytes({ try JSONValue.parse($0) }),
            let elements = document["answers"]?.arrayValue
        else { return nil }
        return elements.map { read($0) ?? .unknown }
    }

    private static func read(_ element: JSONValue) -> LedgerAnswer? {
        func event() -> TaskEvent? { element["event"]?.stringValue.flatMap { try? TaskEvent.decode(Array($0.utf8)) } }
        switch element["is"]?.stringValue {
        case "open": return element["status"]?.stringValue.flatMap { TaskStatus(rawValue: $0) }.map { .open($0) }
        case "ended": return event().map { .ended($0) }
        case "paid": return event().map { .paid($0) }
        case "waits_for": return element["task_id"]?.stringValue.flatMap { TaskID($0) }.map { .waitsFor($0) }
        case "refused": return .refused
        default: return nil
        }
    }
}

import Foundation
import Logging
import MoltBotCore

/// One log message, as people or as programs read it.
struct LogLine {
    let time: Date
    let level: Logger.Level
    let label: String
    let message: String
    let error: String?
    let metadata: Logger.Metadata

    /// `2026-11-20T12:00:00.123Z info moltbot.worker: message key=value key="two words"`.
    var text: String {
        var parts = ["\(timestamp) \(level) \(label): \(Redaction.applied(to: message).onOneLine)"]
        parts += metadata.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.quoted("\($0.value)"))" }
        if let error { parts.append("error=\(Self.quoted(Redaction.applied(to: error)))") }
        return parts.joined(separator: " ")
    }

    /// One object; metadata keep their structure under `metadata`.
    var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("time", timestamp)
        writer.member("level", level.rawValue)
        writer.member("logger", label)
        writer.member("message", Redaction.applied(to: message))
        if let error { writer.member("error", Redaction.applied(to: error)) }
        if !metadata.isEmpty { writer.member("metadata", metadata.mapValues(\.json)) }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private var timestamp: String {
        time.formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(separator: .omitted))
    }

    private static func quoted(_ text: String) -> String {
        let isPlain = !text.isEmpty && text.allSatisfy { !$0.isWhitespace && $0 != "\"" && $0 != "=" }
        return isPlain ? text : JSONValue.string(text).description
    }
}

extension String {
    /// A line break in a message would look like the next line of the log.
    fileprivate var onOneLine: String {
        contains(where: \.isNewline) ? split(whereSeparator: \.isNewline).joined(separator: " | ") : self
    }
}

extension Logger.MetadataValue {
    fileprivate var json: JSONValue {
        switch self {
        case .string(let text): .string(text)
        case .stringConvertible(let value): .string("\(value)")
        case .array(let values): .array(values.map(\.json))
        case .dictionary(let values): .object(values.mapValues(\.json))
        }
    }
}

package import AMQP
package import Instrumentation
package import MoltBotCore
internal import NIOCore
internal import ServiceContextModule
internal import Synchronization

/// A task as it came from its queue: who it is, where it came from and what has happened to it before. The body is read separately,
/// because a task with a bad body is still one that must end. A class, since thousands of waiting calls hold one each in several places.
package final class TaskEnvelope: Sendable {
    package let id: TaskID
    package let queue: TaskQueue
    package let lane: Lane
    /// Where its sender wants the terminal event, besides the events exchange.
    package let replyTo: String?
    package let correlationID: String?
    package let createdAt: Timestamp
    package let firstReceivedAt: Timestamp
    package let attempts: [TaskAttempt]
    /// What a limited deployment has promised it.
    package let slot: TimeSlot?
    package let run: TaskRun.Delivery
    /// How often a person has put the task back after it had ended.
    package let redrives: Int
    let delivery: AMQPDelivery
    /// What the body names, once ``request(maximumBytes:)`` has read it; nothing before.
    private let namedCallbacks = Mutex<[TaskCallback]>([])

    package init(_ delivery: AMQPDelivery, from queue: TaskQueue, at now: Timestamp = .now()) {
        let headers = delivery.properties.headers ?? [:]
        func text(_ name: String) -> String? { headers[name]?.stringValue }
        func number(_ name: String) -> Int? { headers[name]?.integerValue.map { Int(clamping: $0) } }
        self.delivery = delivery
        self.queue = queue
        id = delivery.properties.messageID.flatMap { TaskID($0) } ?? TaskID(generatedAt: now)
        lane =
            queue.lane ?? delivery.routingKey.split(separator: ".").last.flatMap { Lane(rawValue: String($0)) }
            ?? Lane.lane(forPriority: Int(delivery.properties.priority ?? 0))
        replyTo = delivery.properties.replyTo
        correlationID = delivery.properties.correlationID
        firstReceivedAt = text(WireHeaders.firstReceived).flatMap { Timestamp(rfc3339: $0) } ?? now
        createdAt =
            text(WireHeaders.created).flatMap { Timestamp(rfc3339: $0) }
            ?? delivery.properties.timestamp.map { Timestamp(secondsSinceEpoch: Int64(clamping: $0)) } ?? firstReceivedAt
        attempts = text(WireHeaders.attempts).map { TaskAttempt.decodeHistory($0) } ?? []
        slot = text(WireHeaders.slot).flatMap { TimeSlot(text: $0) }
        redrives = Self.redrives(headers)
        run = TaskRun.Delivery(
            attempt: max(1, number(WireHeaders.attempt) ?? 1),
            // A header of our own also on quorum queues: their count includes tasks that were given back in good order.
            deliveries: max(0, number(WireHeaders.deliveries) ?? 0),
            isRedelivered: delivery.isRedelivered || headers[WireHeaders.unsettled] != nil)
    }

    /// Bounded, since it becomes part of an id.
    package static let maximumRedrives = 999

    static func redrives(_ headers: AMQPTable) -> Int {
        min(max(0, headers[WireHeaders.redrives]?.integerValue.map { Int(clamping: $0) } ?? 0), maximumRedrives)
    }

    /// The broker's own flag; ``run`` also counts tasks that were put aside with an open outcome.
    package var isRedeliveredByBroker: Bool { delivery.isRedelivered }

    /// True once the broker gives the task to somebody else: this delivery must not start, and must not be put back as a copy.
    package var isTakenBack: Bool { delivery.isTakenBack }

    /// The sender's trace, for the span around the run.
    package var context: ServiceContext {
        var context = ServiceContext.topLevel
        InstrumentationSystem.instrument.extract(delivery.properties.headers ?? [:], into: &context, using: HeaderExtractor())
        return context
    }

    /// Of the payload, where it came with an idempotency key through an API node.
    var fingerprint: String? { delivery.properties.headers?[WireHeaders.fingerprint]?.stringValue }

    package var bodySize: Int { delivery.body.readableBytes }

    /// The id that the event of the task's end has, or will have.
    package var terminalEventID: String { TaskEvent.terminalEventID(for: id, redrives: redrives) }

    /// The sender's trace (W3C Trace Context), as it came. One of another size is no trace, and an event with it may not fit a frame: the
    /// task could never end.
    var traceHeaders: AMQPTable {
        guard let headers = delivery.properties.headers else { return [:] }
        return headers.filter {
            ($0.key == "traceparent" || $0.key == "tracestate") && ($0.value.stringValue?.utf8.count ?? .max) <= Self.longestTrace
        }
    }

    /// Bytes; the standard asks to pass on 512 of `tracestate`.
    private static let longestTrace = 4096

    /// Reads the body.
    /// - Throws: ``InvalidTask`` with every problem found.
    package func request(maximumBytes: Int) throws(InvalidTask) -> TaskRequest {
        // Nobody knows what its sender asked for beside the body, not even under which name.
        if delivery.properties.isUnreadable {
            throw InvalidTask(problems: [
                FieldProblem(path: "properties", message: "expected AMQP 0-9-1 message properties, got bytes that cannot be read")
            ])
        }
        var problems: [FieldProblem] = []
        if let given = delivery.properties.messageID, TaskID(given) == nil {
            problems.append(
                FieldProblem(
                    path: "message_id", message: "expected 1 to \(TaskID.maximumLength) visible ASCII characters, best a UUID"))
        }
        if let type = delivery.properties.contentType, !type.hasPrefix("application/json") {
            problems.append(FieldProblem(path: "content_type", message: "expected application/json, got \"\(type.prefix(64))\""))
        }
        if let encoding = delivery.properties.contentEncoding, !["", "utf-8", "utf8", "identity"].contains(encoding.lowercased()) {
            problems.append(
                FieldProblem(
                    path: "content_encoding", message: "expected none or utf-8, got \"\(encoding.prefix(64))\"; send the JSON as it is"))
        }
        if bodySize > maximumBytes {
            problems.append(
                FieldProblem(
                    path: "",
                    message: "the body has \(bodySize) bytes, more than the worker's limit of \(maximumBytes) (worker.max_task_bytes)"))
        }
        guard problems.isEmpty else { throw InvalidTask(problems: problems) }
        let request = try delivery.body.withUnsafeReadableBytes { (bytes) throws(InvalidTask) in try TaskRequest.decode(bytes) }
        let callbacks = request.callbacks
        if !callbacks.isEmpty { namedCallbacks.withLock { $0 = callbacks } }
        return request
    }

    /// The callbacks that the task's sender named for events of this type.
    func callbacks(for type: TaskEventType) -> [TaskCallback] {
        namedCallbacks.withLock { callbacks in callbacks.filter { $0.events.contains(type) } }
    }
}

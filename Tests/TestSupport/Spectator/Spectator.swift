package import AMQP
import Logging
package import MoltBotCore
import NIOCore

/// A plain program beside the product: publishes tasks by the contract, and sees what any program would see.
package struct Spectator: Sendable {
    /// Every message on the events exchange, in order.
    package let events = Recorder<AMQPDelivery>()
    /// Those of ``events`` that end a task.
    package let endings = Recorder<AMQPDelivery>()
    /// Every message on the shared result queue.
    package let results = Recorder<AMQPDelivery>()
    /// Every message on the queue named ``replyQueue``.
    package let replies = Recorder<AMQPDelivery>()
    package let replyQueue = "spectator.replies"
    package let program: AMQPClient

    package func publish(
        _ body: String, id: String?, exchange: String = "moltbot.tasks", routingKey: String = "default.normal", priority: UInt8 = 5,
        replyTo: String? = nil, correlationID: String? = nil, contentType: String? = "application/json", headers: AMQPTable? = nil
    ) async throws {
        try await program.publish(
            AMQPMessage(
                exchange: exchange, routingKey: routingKey,
                properties: AMQPProperties(
                    contentType: contentType, headers: headers, deliveryMode: .persistent, priority: priority,
                    correlationID: correlationID, replyTo: replyTo, messageID: id),
                body: ByteBuffer(string: body)))
    }

    /// As ``publish(_:id:exchange:routingKey:priority:replyTo:correlationID:contentType:headers:)``, and again while the broker may not have
    /// it, as an honest publisher does whose connection was lost: the same id twice is one task.
    package func publishUntilStored(_ body: String, id: String) async throws {
        while true {
            do {
                return try await publish(body, id: id)
            } catch let error as AMQPError {
                guard error.isRetriable, !Task.isCancelled else { throw error }
            }
        }
    }

    /// The outcome that the task's terminal event announces.
    package func outcome(of id: String, within duration: Duration = .seconds(60)) async throws -> TaskOutcome {
        let delivery = try await events.first("the terminal event of \(id)", within: duration) {
            $0.properties.correlationID == id && $0.isTerminalEvent
        }
        return try Self.outcome(in: delivery)
    }

    /// The outcomes of all tasks by id, once `count` terminal events have come: for so many tasks that ``outcome(of:within:)``, which
    /// looks through everything that happened for each of them, would take longer than the tasks do.
    package func outcomes(of count: Int, within duration: Duration = .seconds(240)) async throws -> [String: TaskOutcome] {
        var outcomes: [String: TaskOutcome] = [:]
        for delivery in try await endings.atLeast(count, "the terminal event of a task", within: duration) {
            let id = delivery.properties.correlationID ?? ""
            guard outcomes.updateValue(try Self.outcome(in: delivery), forKey: id) == nil else {
                throw TestSupportError(.ended, "\(id) has ended twice.")
            }
        }
        return outcomes
    }

    private static func outcome(in delivery: AMQPDelivery) throws -> TaskOutcome {
        guard let outcome = try TaskEvent.decode(Array(delivery.body.readableBytesView)).outcome else {
            throw TestSupportError(.ended, "The terminal event of \(delivery.properties.correlationID ?? "no task") has no outcome.")
        }
        return outcome
    }

    /// The types of a task's events so far, in order.
    package func types(of id: String) -> [String] {
        events.elements.filter { $0.properties.correlationID == id }.compactMap(\.properties.type)
    }

    /// How many terminal events a task has so far.
    package func terminalCount(of id: String) -> Int {
        events.elements.count { $0.properties.correlationID == id && $0.isTerminalEvent }
    }

    /// The first message of a queue, taken away; nil when it is empty.
    package func take(_ queue: String) async throws -> AMQPDelivery? {
        try await program.withChannel { channel in
            let delivery = try await channel.get(queue)
            if let delivery { channel.settle(delivery, .ack) }
            return delivery
        }
    }
}

extension AMQPDelivery {
    package var isTerminalEvent: Bool { properties.type.flatMap { TaskEventType(rawValue: $0) }?.isTerminal ?? false }
}

/// Runs `body` with a spectator on a virtual host that has the topology.
package func withSpectator<Result: Sendable>(
    url: String, _ body: @escaping @Sendable (Spectator) async throws -> Result
) async throws -> Result {
    let logger = Logger(label: "spectator") { _ in SwiftLogNoOpLogHandler() }
    let program = AMQPClient(configuration: try AMQPConfiguration(urls: url, connectionName: "spectator"), logger: logger)
    let spectator = Spectator(program: program)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await program.run() }
        defer { group.cancelAll() }
        try await program.withChannel { channel in
            try await channel.queueDeclare(AMQPQueue(name: "spectator.events"))
            try await channel.queueBind(queue: "spectator.events", exchange: "moltbot.events", routingKey: "")
            try await channel.queueDeclare(AMQPQueue(name: spectator.replyQueue))
        }
        for (queue, recorder) in [
            ("spectator.events", spectator.events), ("moltbot.results", spectator.results), (spectator.replyQueue, spectator.replies),
        ] {
            group.addTask {
                await program.read(queue) { delivery in
                    recorder.record(delivery)
                    if recorder === spectator.events, delivery.isTerminalEvent { spectator.endings.record(delivery) }
                }
            }
        }
        return try await body(spectator)
    }
}

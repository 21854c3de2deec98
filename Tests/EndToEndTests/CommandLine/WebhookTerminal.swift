import AMQP
import MoltBotCore
import NIOCore
import PrivateBroker
import TestSupport
import Testing

/// A terminal whose master key is in a folder of its own.
struct WebhookTerminal: Sendable {
    let terminal: Terminal
    let folder: String

    typealias Output = (exit: ChildProcess.Exit, output: String, errorOutput: String)

    func webhooks(_ arguments: String..., input: String = "") async throws -> Output { try await run(arguments, input: input) }

    func run(_ arguments: [String], input: String = "") async throws -> Output {
        try await terminal.moltbot(["webhooks"] + arguments + ["--state-dir", folder], input: input, settings: Self.localReceivers)
    }

    /// Receivers of tests are on this machine.
    static let localReceivers = ["MOLTBOT_RELAY_ALLOW_HTTP": "true", "MOLTBOT_RELAY_ALLOWED_NETWORKS": "127.0.0.1/32"]

    /// Runs a relay for the length of `body`, which begins when the relay delivers.
    func withRelay<Result>(_ body: (ChildProcess) async throws -> Result) async throws -> Result {
        try await terminal.withMoltbot(["relay", "--state-dir", folder], settings: Self.localReceivers) { relay in
            do {
                _ = try await relay.errorOutput.first("a ready relay", within: .seconds(60)) { $0.hasPrefix("Relay ready") }
                return try await body(relay)
            } catch {
                // What the relay said is most often the reason.
                throw TerminalFailure(description: "\(error)\n\(relay.errorOutput.elements.suffix(40).joined(separator: "\n"))")
            }
        }
    }

    /// Adds an endpoint and returns its id.
    func add(_ url: String, _ options: String...) async throws -> String {
        let result = try await run(["add", url] + options + ["--json"])
        guard result.exit == .code(0), let id = try JSONValue.parse(result.output)["id"]?.stringValue else {
            throw TerminalFailure(description: "webhooks add: \(result.errorOutput)")
        }
        return id
    }

    /// Publishes an event as a worker does.
    @discardableResult
    func publish(_ status: TaskStatus = .completed, task: String) async throws -> TaskEvent {
        let id = try #require(TaskID(task))
        let event = TaskEvent(TaskOutcome(taskID: id, workspace: .default, status: status, result: "answer of \(task)"))
        try await terminal.program.publish(
            AMQPMessage(
                exchange: "moltbot.events", routingKey: "default.\(event.type.rawValue)",
                properties: AMQPProperties(
                    contentType: TaskEvent.contentType, deliveryMode: .persistent, correlationID: task, messageID: event.id,
                    type: event.type.rawValue),
                body: ByteBuffer(bytes: event.encode())))
        return event
    }

    /// What relays tell about their work from now on, for the length of `body`.
    func withNews(_ body: (Recorder<WebhookEvent>) async throws -> Void) async throws {
        try await terminal.program.withChannel { channel in
            try await channel.queueDeclare(AMQPQueue(name: "news"))
            try await channel.queueBind(queue: "news", exchange: "moltbot.events.topic", routingKey: "*.webhook.#")
        }
        let news = Recorder<WebhookEvent>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await terminal.program.read("news") { delivery in
                    if let event = try? WebhookEvent.decode(Array(delivery.body.readableBytesView)) { news.record(event) }
                }
            }
            defer { group.cancelAll() }
            try await body(news)
        }
    }

    /// Runs a command that has to work, and returns what it prints with `--json`.
    func json(_ arguments: String...) async throws -> JSONValue {
        let result = try await run(arguments + ["--json"])
        guard result.exit == .code(0) else { throw TerminalFailure(description: "webhooks \(arguments): \(result.errorOutput)") }
        return try JSONValue.parse(result.output)
    }

    func count(_ queue: String) async throws -> Int { try await terminal.count(queue) }

    /// Returns when the queue has so many messages: the broker puts back what a command has read once it has seen the command's end.
    func reaches(_ count: Int, in queue: String) async throws {
        try await eventually("\(queue) has \(count) messages") { try await terminal.count(queue) == count }
    }

    func publish(_ body: String, id: String, exchange: String, routingKey: String) async throws {
        try await terminal.publish(body, id: id, exchange: exchange, routingKey: routingKey)
    }
}

/// The same on a broker of its own, which a test can stop and start.
func withWebhookTerminal(onOwnBroker body: @escaping @Sendable (WebhookTerminal, PrivateBroker) async throws -> Void) async throws {
    try await TestBroker.withOwnBroker { own in
        try await own.withVirtualHost { host in
            try await withTerminal(on: host) { terminal in
                try await body(WebhookTerminal(terminal: terminal, folder: try await TestRun.makeDirectory("state")), own.broker)
            }
        }
    }
}

func withWebhookTerminal(_ body: @escaping @Sendable (WebhookTerminal) async throws -> Void) async throws {
    try await withTerminal { terminal in
        try await body(WebhookTerminal(terminal: terminal, folder: try await TestRun.makeDirectory("state")))
    }
}

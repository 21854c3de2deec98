import AMQP
import MoltBotCore
import MoltBotMessaging
import NIOCore
import TestSupport
import Testing

@Suite("The relay's inbox", .timeLimit(.minutes(30))) struct RelayInboxTests {
    @Test(
        "After a lost connection it goes on at once, though an event of the last one still waits",
        arguments: [RelayInbox.Mode.shared, .alone])
    func lostConnection(mode: RelayInbox.Mode) async throws {
        try await TestBroker.withVirtualHost { host in
            try await RegistryHost.applyTopology(url: host.url)
            try await RegistryHost.session(url: host.url) { session in
                let routed = Recorder<String>()
                let (receiver, stop) = (Gate(), Gate())
                try await withThrowingTaskGroup(of: Void.self) { group in
                    defer { group.cancelAll() }
                    group.addTask {
                        await RelayInbox(session, restore: {}).run(
                            mode, until: { try? await stop.wait("the end of the test", within: .seconds(600)) }, changed: { _ in }
                        ) {
                            routed.record($0.taskID ?? "")
                            if $0.taskID == "stuck" { try await receiver.wait("its receiver's queue", within: .seconds(600)) }
                        }
                    }
                    try await publish("stuck", session)
                    _ = try await routed.first("the one that is stuck") { $0 == "stuck" }
                    #expect(try await host.breakConnection(named: "moltbot-test-consume"))
                    try await publish("other", session)
                    _ = try await routed.first("the other one") { $0 == "other" }
                }
            }
        }
    }

    private func publish(_ task: String, _ session: BrokerSession) async throws {
        let event = TaskEvent(TaskOutcome(taskID: try #require(TaskID(task)), workspace: .default, status: .completed))
        try await session.publishing.publish(
            AMQPMessage(
                exchange: "moltbot.events", routingKey: "default.task.completed",
                properties: AMQPProperties(deliveryMode: .persistent, messageID: event.id, type: event.type.rawValue),
                body: ByteBuffer(bytes: event.encode())))
    }
}

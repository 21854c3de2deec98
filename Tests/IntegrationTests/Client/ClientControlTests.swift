import AMQP
import MoltBotCore
import MoltBotMessaging
import NIOCore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct ClientControlTests {
    /// A command asks right after its start, and the answer must not be faster than its queue.
    @Test func aQuestionAskedAtOnceGetsItsAnswer() async throws {
        try await withClientHost { session in
            try await session.consuming.withChannel { channel in
                try await channel.queueDeclare(AMQPQueue(name: "workers-ear"))
                try await channel.queueBind(queue: "workers-ear", exchange: "moltbot.control", routingKey: "")
            }
            let task = try #require(TaskID("task-1"))
            let line = ControlLine(session)
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                group.addTask {
                    try? await session.consuming.consume(AMQPSubscription(queue: "workers-ear", prefetch: 1)) { question in
                        let reply = AMQPMessage(
                            exchange: "", routingKey: question.properties.replyTo ?? "",
                            properties: AMQPProperties(
                                correlationID: question.properties.correlationID, type: "moltbot.control.answer"),
                            body: ByteBuffer(string: #"{"running": ["task-1"], "marked": []}"#))
                        try? await session.publishing.publish(reply)
                        return .ack
                    }
                }
                group.addTask { await line.run() }
                let answers = try await line.ask(.cancel([task], of: .default), within: .seconds(20)) { !$0.isEmpty }
                #expect(answers == [ControlAnswer(running: [task])])
            }
        }
    }

    /// As it is after a minute without a connection: the broker has forgotten the queue.
    @Test func aProcessWhoseQueueIsGoneHearsAgain() async throws {
        try await withClientHost { session in
            let (line, other) = (ControlLine(session), ControlLine(session))
            let (heard, settled, names) = (Recorder<Void>(), Recorder<Void>(), Recorder<String>())
            try await session.consuming.withChannel { channel in
                try await channel.queueDeclare(AMQPQueue(name: "ear"))
                try await channel.queueBind(queue: "ear", exchange: "moltbot.control", routingKey: "")
            }
            let task = try #require(TaskID("task-1"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                group.addTask {
                    await line.run { _ in
                        heard.record(())
                        return nil
                    } settled: {
                        settled.record(())
                    }
                }
                group.addTask {
                    try? await session.consuming.consume(AMQPSubscription(queue: "ear", prefetch: 1)) { message in
                        names.record(message.properties.replyTo ?? "")
                        return .ack
                    }
                }
                try await settled.atLeast(1, "start of the consumer")
                line.tell(.cancel([task], of: .default))
                let name = try await names.first("a word that names its sender") { !$0.isEmpty }
                try await session.consuming.withChannel { try await $0.queueDelete(name) }
                try await settled.atLeast(2, "start of the next consumer")
                other.tell(.cancel([task], of: .default))
                try await heard.atLeast(1, "what was said to all")
            }
        }
    }
}

import AMQP
import Logging
import MoltBotCore
import MoltBotMessaging
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct RedriveTests {
    /// The worker remembers how the task ended; putting it back must start it anew all the same.
    @Test func deadLetterThatIsPutBackRunsAgainOnTheSameWorker() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withPipeline(url: host.url) { spectator in
                try await spectator.publish(#"{"promt": "x"}"#, id: "broken")
                #expect(try await spectator.outcome(of: "broken").error?.type == "invalid_task")

                let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                let session = BrokerSession(configuration: try AMQPConfiguration(urls: host.url), role: "cli", logger: logger)
                let report = try await session.withConnections { try await DeadLetterQueue(session).retry(nil, in: .dead) }
                #expect(report.retried == ["broken"])

                let second = try await spectator.events.first("the second end") { $0.properties.messageID == "broken-terminal-1" }
                #expect(second.properties.type == "task.failed")
                #expect(try await spectator.take("moltbot.dead")?.properties.headers?["x-moltbot-redrives"]?.integerValue == 1)
            }
        }
    }
}

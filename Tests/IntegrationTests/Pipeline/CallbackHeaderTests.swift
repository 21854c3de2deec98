import AMQP
import MoltBotCore
import NIOCore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct CallbackHeaderTests {
    @Test func eventsCarryTheCallbacksThatWantThemAndNoBodyShowsThem() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withPipeline(url: host.url) { pipeline in
                try await pipeline.publish(
                    #"{"prompt": "x", "callback": {"url": "https://a.example/hook", "headers": {"x-key": "sesame"}, "events": ["task.completed"]}}"#,
                    id: "called")
                try await pipeline.publish(#"{"prompt": "x"}"#, id: "plain")
                _ = try await pipeline.outcome(of: "called")
                _ = try await pipeline.outcome(of: "plain")
                let events = pipeline.events.elements
                let header = try #require(
                    events.first { $0.properties.correlationID == "called" && $0.isTerminalEvent }?
                        .properties.headers?["x-moltbot-callbacks"]?.stringValue)
                #expect(
                    TaskCallback.decode(header) == [
                        TaskCallback(url: "https://a.example/hook", headers: ["x-key": "sesame"], events: [.completed])
                    ])
                let plain = try #require(events.first { $0.properties.correlationID == "plain" && $0.isTerminalEvent })
                #expect(plain.properties.headers?["x-moltbot-callbacks"] == nil)
                #expect(events.allSatisfy { !String(buffer: $0.body).contains("sesame") })
            }
        }
    }
}

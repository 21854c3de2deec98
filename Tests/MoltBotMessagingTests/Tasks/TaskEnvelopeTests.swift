import MoltBotCore
import NIOCore
import Testing

@testable import AMQP
@testable import MoltBotMessaging

@Suite("A task as it came")
struct TaskEnvelopeTests {
    private static let queue = TaskQueue(name: "moltbot.tasks.default", workspace: .default, lane: nil)

    private static func task(_ properties: AMQPProperties) -> TaskEnvelope {
        TaskEnvelope(
            AMQPDelivery(
                exchange: "moltbot.tasks", routingKey: "default.normal", properties: properties,
                body: ByteBuffer(string: #"{"prompt": "Hello"}"#), isRedelivered: false, deliveryTag: 1), from: queue)
    }

    @Test("properties that cannot be read make it invalid, however good its body is: none at all do not")
    func unreadableProperties() throws {
        let error = #expect(throws: InvalidTask.self) { try Self.task(.unreadable).request(maximumBytes: 1000) }
        #expect(error?.problems.map(\.path) == ["properties"])
        #expect(try Self.task(.init()).request(maximumBytes: 1000).model == nil)
    }

    @Test("goes where it belongs and nowhere else, whatever its sender wanted")
    func copies() {
        let task = Self.task(.init(headers: ["CC": .array(["moltbot.registry"]), "BCC": .array(["moltbot.cancels"]), "x-own": 1]))
        let headers = task.properties(TaskEnvelope.Progress(attempt: 1, attempts: [], deliveries: 0, isUnsettled: true)).headers
        #expect(headers?["x-own"] == 1)
        #expect(headers?["CC"] == nil && headers?["BCC"] == nil)
    }

    @Test("what goes on without the sender's headers keeps those that MoltBot has a use for, at their proper size")
    func neededHeaders() throws {
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        let headers: AMQPTable = [
            "x-padding": "x", "x-moltbot-redrives": 1, "x-moltbot-batch": "b", "traceparent": .string(trace),
            "tracestate": .string(String(repeating: "x", count: 513)), "x-moltbot-fingerprint": .array(["f"]), "x-death": .array([]),
        ]
        let task = Self.task(.init(headers: headers, correlationID: "c", replyTo: "r", messageID: "task"))
        let progress = TaskEnvelope.Progress(attempt: 2, attempts: [], deliveries: 1, isUnsettled: false)
        let whole = task.properties(progress)
        #expect(whole.headers?["x-padding"] == "x")
        #expect(whole.headers?["x-moltbot-shortened"] == nil)

        let shortened = task.properties(progress, inheriting: .needed)
        #expect(shortened.correlationID == "c" && shortened.replyTo == "r" && shortened.messageID == "task")
        let kept = try #require(shortened.headers)
        let own: Set = ["x-moltbot-attempt", "x-moltbot-deliveries", "x-moltbot-first-received", "x-moltbot-created-at"]
        #expect(Set(kept.keys).subtracting(own) == ["x-moltbot-redrives", "x-moltbot-batch", "traceparent", "x-moltbot-shortened"])
        #expect(Set(kept.keys).isSuperset(of: own))
    }
}

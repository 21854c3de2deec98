import AMQP
import MoltBotCore
import NIOCore
import Testing

@testable import MoltBotMessaging

@Suite("An order to cancel on the wire") struct ControlMessageTests {
    private func order(_ body: [UInt8]) -> ControlMessage? {
        ControlMessage(
            AMQPDelivery(
                exchange: "moltbot.control", routingKey: "", properties: AMQPProperties(type: "moltbot.control.cancel"),
                body: ByteBuffer(bytes: body), isRedelivered: false, deliveryTag: 1))
    }

    @Test("reads back as it was written, with and without a workspace")
    func repetition() throws {
        let id = try #require(TaskID("invoice-7"))
        for workspace in [nil, Workspace("acme")] {
            let message = ControlMessage.cancel([id], of: workspace)
            #expect(order(message.encode()) == message)
        }
    }

    @Test(
        "is for all workspaces only when it names none",
        arguments: [(#"{"task_ids": ["a"]}"#, true), (#"{"task_ids": ["a"], "workspace": null}"#, true)]
            + [#""""#, #""Not One""#, "7", "[]"].map { (#"{"task_ids": ["a"], "workspace": \#($0)}"#, false) })
    func workspaces(body: String, isForAll: Bool) throws {
        #expect(order(Array(body.utf8)) == (isForAll ? .cancel([try #require(TaskID("a"))], of: nil) : nil))
    }
}

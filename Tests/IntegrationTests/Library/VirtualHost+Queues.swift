import FoundationEssentials
import MoltBotCore
import TestSupport

extension VirtualHost {
    /// The names of its queues.
    func queueNames() async throws -> [String] {
        let answer = try await management.expectSuccess("GET", "/api/queues/\(name)?columns=name")
        return try JSONValue.parse(Array(answer)).arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
    }

    /// The queue of the one client that is there, once the list shows it.
    func replyQueue() async throws -> String {
        let found = Recorder<String>()
        try await eventually("the client's reply queue is there") {
            for queue in try await queueNames() where queue.hasPrefix("moltbot.reply.") { found.record(queue) }
            return found.count > 0
        }
        return found.elements[0]
    }
}

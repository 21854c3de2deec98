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
        try await withDeadline(.seconds(60), "the client's reply queue") {
            while true {
                try Task.checkCancellation()
                if let queue = try await queueNames().first(where: { $0.hasPrefix("moltbot.reply.") }) { return queue }
            }
        }
    }
}

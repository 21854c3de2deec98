import FoundationEssentials
import MoltBotCore
import TestSupport

extension VirtualHost {
    /// The names of its queues.
    func queueNames() async throws -> [String] {
        let answer = try await management.expectSuccess("GET", "/api/queues/\(name)?columns=name")
        return try JSONValue.parse(Array(answer)).arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
    }
}

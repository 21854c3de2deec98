import CurlHTTP
import Logging
import MoltBotConfig
import MoltBotCore
import PrivateBroker

/// The demo's API node: what it knows of the tasks at the end must agree with their results.
struct DemoNode: Sendable {
    /// The most that a page of the list holds.
    private static let pageSize = 100

    let process: ServiceProcess
    private let folder: String
    private let logger: Logger

    init(stage: DemoStage, logger: Logger) throws {
        folder = stage.folder
        self.logger = logger
        process = try ServiceProcess(
            name: "api", ["api", "--api-port", "0"], settings: [.brokerURL: stage.running.amqpURL, .stateDirectory: stage.folder],
            folder: stage.folder, readyWords: "API ready", logger: logger)
    }

    /// Counts the tasks that have ended by its account. A read sees all that was published before it.
    func endedTasks() async throws -> Int {
        guard let url = NodeRecord(stateDirectory: folder).url else {
            throw CommandFailure(.failed, "the API node has left no address in the demo's folder")
        }
        let client = HTTPClient(logger: logger)
        do {
            let count = try await endedTasks(
                NodeClient(address: NodeAddress(url: url, origin: "the demo's node"), key: nil, client: client))
            await client.shutdown()
            return count
        } catch {
            await client.shutdown()
            throw error
        }
    }

    private func endedTasks(_ node: NodeClient) async throws -> Int {
        var (count, cursor) = (0, String?.none)
        repeat {
            let page = try await node.get(
                ["tasks"], [("limit", "\(Self.pageSize)")] + [cursor.map { ("cursor", $0) }].compactMap(\.self))
            let tasks = page["tasks"]?.arrayValue ?? []
            count += tasks.count { $0["completed_at"]?.stringValue != nil }
            cursor = tasks.isEmpty ? nil : page["next_cursor"]?.stringValue
        } while cursor != nil
        return count
    }
}

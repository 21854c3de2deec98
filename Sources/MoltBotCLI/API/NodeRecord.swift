import Foundation
import Logging
import MoltBotAPI
import ServiceLifecycle

/// Where the API of a state folder listens, for commands on the same machine: a file with its URL, there for as long as it runs. Of
/// several nodes each has a line, and the last one that came counts.
///
/// After a kill the line stays. Whoever reads it finds out by asking.
struct NodeRecord: Sendable {
    private let folder: String
    private var path: String { folder + "/api.url" }

    init(stateDirectory: String) {
        folder = stateDirectory
    }

    /// More are of nodes that were killed.
    private static let mostNodes = 16

    /// Nil when there is none, or none that can be read.
    var url: String? { urls.last }

    private var urls: [String] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        return text.split(whereSeparator: \.isWhitespace).map(String.init)
    }

    fileprivate func write(_ url: String) throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try keep((urls.filter { $0 != url } + [url]).suffix(Self.mostNodes))
    }

    fileprivate func remove(_ url: String) {
        let others = urls.filter { $0 != url }
        if others.isEmpty { try? FileManager.default.removeItem(atPath: path) } else { try? keep(others[...]) }
    }

    private func keep(_ urls: ArraySlice<String>) throws {
        try urls.map { $0 + "\n" }.joined().write(toFile: path, atomically: true, encoding: .utf8)
    }
}

/// Keeps the record for as long as the server listens.
struct NodeRecordService: Service {
    let record: NodeRecord
    let address: @Sendable () async throws -> String
    let logger: Logger

    func run() async throws {
        // A server that never listens ends the process by itself.
        guard let url = try? await cancelWhenGracefulShutdown(address) else { return await waitForEnd() }
        do {
            try record.write(url)
        } catch {
            logger.warning(
                "Commands on this machine have to be told where the API is (--api-url): its address can't be kept in the state folder",
                metadata: ["error": "\(error.localizedDescription)"])
        }
        await waitForEnd()
        record.remove(url)
    }

    private func waitForEnd() async { try? await gracefulShutdown() }
}

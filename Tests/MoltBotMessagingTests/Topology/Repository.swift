import Foundation

@testable import MoltBotMessaging

/// The files of this repository that tests compare with.
enum Repository {
    static func path(_ relativePath: String) -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return root.appending(path: relativePath).path(percentEncoded: false)
    }

    static func topology(_ fileName: String) throws -> Topology {
        try TopologyFile(path: path("topology/\(fileName)")).topology
    }
}

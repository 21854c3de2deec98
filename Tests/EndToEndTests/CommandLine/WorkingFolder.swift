import Foundation
import TestSupport

/// An empty folder with the given files, deleted when the test run ends.
struct WorkingFolder {
    let path: String

    init(files: [String: String] = [:]) async throws {
        path = try await TestRun.makeDirectory("cli")
        for (name, text) in files { try write(text, to: name) }
    }

    func write(_ text: String, to name: String) throws {
        let file = URL(filePath: path).appending(path: name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
    }
}

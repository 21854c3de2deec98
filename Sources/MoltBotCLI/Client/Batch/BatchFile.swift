import Foundation
import MoltBotCore
import NIOCore

/// A file of tasks as the API takes it: a JSON array, or one task a line. The API checks it; what it says of a task is told by its place.
struct BatchFile: Sendable {
    /// Problems that are shown; the rest would be the same again.
    private static let shownProblems = 20

    private let name: String
    private let isArray: Bool
    let bytes: ByteBuffer

    /// - Parameter path: `-` is standard input.
    init(path: String) throws(CommandFailure) {
        self.init(name: InputFile.name(of: path), text: try InputFile.contents(of: path))
        guard bytes.readableBytesView.contains(where: { !Self.isBlank($0) }) else {
            throw CommandFailure(.usage, "\(name) has no task to send")
        }
    }

    init(name: String, text: Data) {
        self.name = name
        bytes = ByteBuffer(bytes: text)
        isArray = text.first { !Self.isBlank($0) } == UInt8(ascii: "[")
    }

    var contentType: String { isArray ? "application/json" : "application/x-ndjson" }

    /// Says a problem with `[3].priority` as `tasks.jsonl:5: priority: ...`, or `tasks.json: task 4: ...` in an array.
    func failure(_ problem: NodeProblem, _ console: Console) -> any Error {
        let places = problem.fields.compactMap { field in place(of: field.path).map { ($0, field.detail) } }
        guard !places.isEmpty, places.count == problem.fields.count else { return problem }
        for (place, detail) in places.prefix(Self.shownProblems) { console.note("\(place): \(detail)") }
        return CommandFailure(.usage, "the batch can't be taken; none of its tasks was", remedy: "Put that right and send it again.")
    }

    /// Nil when the path names no element.
    func place(of path: String) -> String? {
        guard let match = path.wholeMatch(of: /\[(\d+)\](?:\.(.+)|(\[.+))?/), let index = Int(match.1) else { return nil }
        let place = isArray ? "\(name): task \(index + 1)" : "\(name):\(line(ofTask: index))"
        return place + ((match.2 ?? match.3).map { ": \($0)" } ?? "")
    }

    /// Counted from 1, blank lines too.
    private func line(ofTask index: Int) -> Int {
        var tasks = -1
        for (number, line) in bytes.readableBytesView.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
        where line.contains(where: { !Self.isBlank($0) }) {
            tasks += 1
            if tasks == index { return number + 1 }
        }
        return index + 1
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}

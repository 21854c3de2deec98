import TestSupport

extension Recorder<String> {
    /// Returns when so many lines contain the text.
    func lines(_ count: Int, containing text: String, within duration: Duration = .seconds(30)) async throws {
        while true {
            let lines = elements
            guard lines.count(where: { $0.contains(text) }) < count else { return }
            try await atLeast(lines.count + 1, "line, until \(count) have \"\(text)\"", within: duration)
        }
    }
}

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

extension ChildProcess {
    /// Returns when a worker that began with an empty registry has taken so many changes of its models.
    func knowsChanges(_ count: Int) async throws {
        try await errorOutput.lines(count, containing: "The registry's models were read", within: .seconds(60))
    }
}

import MoltBotCore

/// Prints tasks as they end, and says in the exit status what became of all.
struct AwaitedOutput: Sendable {
    let console: Console
    let count: Int
    let printsJSON: Bool

    /// - Throws: ``CommandFailure``: `failed` when one did not complete, `tryLater` when time is over.
    func run(_ waits: TaskWaits, for ids: some Sequence<String> & Sendable, timeout: Double?) async throws {
        var progress = ProgressBar(console, "tasks ended", of: count)
        var failures = 0
        let late = try await waits.run(ids) { task in
            progress.clear()
            try show(task)
            if task.status != .completed { failures += 1 }
            progress.advance()
        }
        progress.clear()
        if !late.isEmpty {
            throw CommandFailure(
                .tryLater, "\(late.count) of \(count) tasks have not ended within \(timeout ?? 0) s; the first is \(late[0])",
                remedy: "They go on; wait again, or look at them with `moltbot tasks show`.")
        }
        guard failures > 0 else { return }
        // A single task's failure has been told already.
        guard count > 1 else { throw ExitStatus.failed.code }
        throw CommandFailure(.failed, "\(failures) of \(count) tasks did not complete")
    }

    private func show(_ task: TaskDocument) throws {
        if printsJSON { return try console.print(sorted: task.json) }
        if count > 1 { return try console.print(task.line) }
        if task.status == .completed { return try console.print(task.result) }
        console.report(CommandFailure(.failed, "task \(task.id) \(task.statusText)" + (task.result.isEmpty ? "" : ": \(task.result)")))
    }
}

import MoltBot

/// Gives MoltBot one task, waits for the answer and shows what it took.
///
///     swift run examples basic "What is six times seven?"
enum Basic {
    static func run(_ arguments: [String]) async throws {
        let prompt = arguments.isEmpty ? "What is six times seven?" : arguments.joined(separator: " ")
        try await withMoltBot(Examples.brokerURL) { bot in
            // Returns when the broker has stored the task: from here on it will end, whatever happens to this program.
            let task = try await bot.submit(.init(prompt, model: Examples.model), priority: .high)
            let outcome = try await bot.wait(for: task, timeout: .seconds(60))
            print(try outcome.text())
            print("tokens: \(outcome.usage?.totalTokens ?? 0), attempts: \(outcome.attempts.count)")
        }
    }
}

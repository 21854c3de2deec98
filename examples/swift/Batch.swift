import MoltBot

/// Gives MoltBot many tasks, of which a few run at a time, and prints the answers in their order.
///
///     swift run examples batch 20 5      20 tasks, 5 at a time
enum Batch {
    static func run(_ arguments: [String]) async throws {
        let count = arguments.first.flatMap { Int($0) } ?? 20
        let concurrency = arguments.dropFirst().first.flatMap { Int($0) } ?? 5
        try await withMoltBot(Examples.brokerURL) { bot in
            let requests = (1...max(1, count)).map { MoltBot.Request("Question \($0)", model: Examples.model) }
            let tasks = try await bot.submitBatch(requests, priority: .low, concurrency: concurrency)
            for outcome in try await bot.wait(for: tasks, timeout: .seconds(300)) {
                print(outcome.result ?? "\(outcome.status.rawValue): \(outcome.failure?.message ?? "")")
            }
        }
    }
}

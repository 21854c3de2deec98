import Foundation
import MoltBot

/// A conversation with parameters for the model, limits in time, and metadata that come back; the answer is printed as it is written.
///
///     swift run examples parameters
enum CustomParameters {
    static func run(_ arguments: [String]) async throws {
        var request = MoltBot.Request(
            messages: [
                ["role": "system", "content": "Answer in one sentence."],
                ["role": "user", "content": "Why is the sky blue?"],
            ],
            model: Examples.model,
            // Passed to the provider as they are.
            parameters: ["temperature": 0.2, "max_tokens": 200, "stop": ["\n\n"]])
        request.timeout = .seconds(30)
        request.deadline = Date(timeIntervalSinceNow: 120)
        request.maxRetries = 2
        request.metadata = ["ticket": "42"]
        try await withMoltBot(Examples.brokerURL) { [request] bot in
            let answer = try await bot.stream(request, priority: 7)
            for try await piece in answer { print(piece.isRestart ? "\n\(piece)" : "\(piece)", terminator: "") }
            let outcome = try await bot.wait(for: answer.task)
            print("\nticket: \(outcome.metadata["ticket"]?.stringValue ?? "")")
        }
    }
}

import Foundation
import MoltBot

/// Handlers that hear of every task of the workspace, whoever submitted it.
///
///     swift run examples callbacks
enum Callbacks {
    static func run(_ arguments: [String]) async throws {
        let (news, tell) = AsyncStream.makeStream(of: String.self)
        try await withMoltBot(Examples.brokerURL) { bot in
            try await bot.onComplete { tell.yield("completed: \($0.result ?? "")") }
            // Failed, cancelled and expired tasks.
            try await bot.onError { tell.yield("\($0.status.rawValue): \($0.failure?.type ?? "")") }

            try await bot.submit(.init("This one succeeds", model: Examples.model))
            var late = MoltBot.Request("Nobody wants this one any more", model: Examples.model)
            late.deadline = .now
            try await bot.submit(late)
            for await line in news.prefix(2) { print(line) }
        }
    }
}

import Foundation
import MoltBot
import TestSupport
import Testing

/// The getting-started article keeps its word.
@Suite(.timeLimit(.minutes(30))) struct GettingStartedTests {
    @Test func theArticleShowsTheCodeThatIsCompiled() throws {
        let article = try Self.blocks(in: "Sources/MoltBot/MoltBot.docc/GettingStarted.md", from: "```swift", to: "```")
        let compiled = try Self.blocks(in: "Tests/IntegrationTests/Library/GettingStartedSnippets.swift", from: "// snippet", to: "// end")
        #expect(article == compiled)
        #expect(article.count == 11)
    }

    @Test func theCodeRuns() async throws {
        let folder = try await TestRun.makeDirectory("library")
        try await TestBroker.withVirtualHost { host in
            try await withPipeline(url: host.url) { pipeline in
                let snippets = GettingStartedSnippets(url: host.url, masterKeyFile: folder + "/master.key")
                try await snippets.submitAndWait()
                let task = try await snippets.connectAndClose()
                _ = try await pipeline.outcome(of: task.id)
                try await snippets.models()
                var options = MoltBot.Options.quiet
                options.masterKeyFile = snippets.masterKeyFile
                let bot = try await MoltBot.connect(to: host.url, options: options)
                try await snippets.askLater(bot, task)
                await snippets.badRequest(bot)
                try await snippets.handlers(bot)
                try await snippets.stream(bot)
                try await snippets.webhook(bot)
                // Ends with the client.
                async let events: Void = snippets.events(bot)
                try await snippets.batch(bot)
                await bot.close()
                try await events
                #expect(snippets.request().metadata == ["ticket": "42"])
            }
        }
    }

    /// The texts between lines of the two kinds, each without its own indentation.
    private static func blocks(in path: String, from start: String, to end: String) throws -> [String] {
        let text = try String(contentsOfFile: "\(BuildProducts.repository)/\(path)", encoding: .utf8)
        var blocks: [String] = []
        var current: [Substring]?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let trimmed = line.drop { $0 == " " }
            if trimmed == start {
                current = []
            } else if trimmed == end, let lines = current {
                let indentation = lines.filter { !$0.isEmpty }.map { $0.prefix { $0 == " " }.count }.min() ?? 0
                blocks.append(lines.map { String($0.dropFirst(indentation)) }.joined(separator: "\n"))
                current = nil
            } else {
                current?.append(line)
            }
        }
        return blocks
    }
}

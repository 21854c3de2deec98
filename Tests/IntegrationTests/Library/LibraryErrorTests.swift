import AMQP
import MoltBot
import NIOCore
import PrivateBroker
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct LibraryErrorTests {
    private func error(_ body: () async throws -> Void) async -> MoltBotError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? MoltBotError
        }
    }

    @Test func aBadAddressIsToldAtOnce() async throws {
        #expect(await error { _ = try await MoltBot.connect(to: "http://localhost") }?.code == .invalidConfiguration)
        let workspace = await error { _ = try await MoltBot.connect(to: "amqp://localhost", workspace: "a.b") }
        #expect(workspace?.code == .invalidConfiguration)
        #expect(workspace?.message.contains("\"a.b\"") == true)
        try await TestBroker.withVirtualHost { host in
            let url = host.url.replacing(host.broker.running.password, with: "wrong-password")
            let refused = await error { _ = try await MoltBot.connect(to: url, options: .quiet) }
            #expect(refused?.code == .accessRefused)
            #expect(refused?.description.contains("wrong-password") == false)
        }
        // Nobody listens on port 1.
        let away = await error { _ = try await MoltBot.connect(to: "amqp://127.0.0.1:1", options: .quiet) }
        #expect(away?.code == .notConnected)
        #expect(away?.isRetriable == true)
    }

    @Test func aBadRequestNamesEachFieldAndIsNotSent() async throws {
        try await withLibrary { bot, pipeline in
            var request = MoltBot.Request("Hello", parameters: ["temperature": 7])
            request.id = "not allowed"
            let id = await error { try await bot.submit(request) }
            #expect(id?.code == .invalidRequest)
            #expect(id?.message.contains("id: ") == true)
            request.id = nil
            request.maxRetries = 1000
            request.onCompleteURL = "ftp://example.org"
            let fields = await error { try await bot.submitBatch(["good", request]) }
            #expect(fields?.code == .invalidRequest)
            for field in ["request 1", "parameters.temperature", "max_retries", "on_complete_url"] {
                #expect(fields?.message.contains(field) == true, "\(fields?.message ?? "")")
            }
            try await bot.wait(for: bot.submit(.init("last", model: "echo")))
            #expect(pipeline.results.elements.count { String(decoding: $0.body.readableBytesView, as: UTF8.self).contains("good") } == 0)
        }
    }

    @Test func aWorkspaceWithoutAQueueIsToldToItsSender() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withPipeline(url: host.url) { _ in
                try await withMoltBot(host.url, workspace: "nobody", options: .quiet) { bot in
                    let refused = await error { try await bot.submit("Hello") }
                    #expect(refused?.code == .unknownWorkspace)
                    #expect(refused?.message.contains("topology apply") == true)
                }
            }
        }
    }
}

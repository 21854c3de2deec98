import AMQP
import MoltBotCore
import MoltBotMessaging
import MoltBotWorker
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct ScheduleTests {
    @Test(arguments: Layout.allCases)
    func runAtWaitsAtTheBrokerWhoeverPublishesIt(_ layout: Layout) async throws {
        try await TestBroker.withVirtualHost { host in
            try await withPipeline(layout, url: host.url) { pipeline in
                // So that the worker's own start is no part of the wait.
                try await pipeline.publish(#"{"prompt": "now"}"#, id: "now")
                _ = try await pipeline.outcome(of: "now")
                let due = Timestamp.now() + .milliseconds(2300)
                try await pipeline.publish(#"{"prompt": "later", "run_at": "\#(due.rfc3339)"}"#, id: "later")
                let outcome = try await pipeline.outcome(of: "later")
                let startedAt = try #require(outcome.startedAt)
                #expect(outcome.status == .completed)
                #expect(startedAt >= due)
                #expect(startedAt - due < .seconds(20))
            }
        }
    }

    @Test func deadlineThatHasPassedExpiresTheTaskWithoutACall() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { server in
                try await withPipeline(url: host.url, model: server.baseURL) { pipeline in
                    try await pipeline.publish(#"{"prompt": "late", "model": "m", "deadline": "2020-01-01T00:00:00Z"}"#, id: "late")
                    let outcome = try await pipeline.outcome(of: "late")
                    #expect(outcome.status == .expired)
                    #expect(outcome.error?.type == "deadline_exceeded")
                    #expect(server.requests.count == 0)
                }
            }
        }
    }

    @Test func callThatOutlastsItsTimeoutIsEndedAndTriedAgain() async throws {
        try await TestBroker.withVirtualHost { host in
            let never = Gate()
            try await withModelServer { request in
                request.number == 1 ? ModelServer.echo(request).held(by: never) : ModelServer.echo(request)
            } run: { server in
                try await withPipeline(url: host.url, model: server.baseURL) { pipeline in
                    try await pipeline.publish(#"{"prompt": "slow", "model": "m", "timeout": 3}"#, id: "slow")
                    let outcome = try await pipeline.outcome(of: "slow")
                    #expect(outcome.status == .completed)
                    let ends = outcome.attempts.map { $0.error?.type }
                    // More than one timeout on a machine too busy for the good call.
                    #expect(ends.first == "timeout" && Array(ends.drop { $0 == "timeout" }) == [nil], "\(ends)")
                    try await server.abandoned.atLeast(1, "closed connection")
                }
            }
        }
    }

    @Test("A retry that might outlast the broker's patience with one delivery comes back in another one")
    func retryAfterALongCall() async throws {
        try await TestBroker.withVirtualHost { host in
            let never = Gate()
            var configuration = WorkerConfiguration()
            configuration.maximumTimeout = .seconds(4)
            configuration.retry.base = .milliseconds(10)
            try await withModelServer { request in
                request.number == 1 ? ModelServer.echo(request).held(by: never) : ModelServer.echo(request)
            } run: { [configuration] server in
                try await withPipeline(url: host.url, model: server.baseURL, configuration: configuration) { pipeline in
                    try await pipeline.publish(#"{"prompt": "slow", "model": "m", "timeout": 3}"#, id: "slow")
                    let attempts = try await pipeline.outcome(of: "slow").attempts
                    try #require(attempts.count >= 2)
                    // The lowest level of the delay ladder; a pause in the worker would be 10 ms.
                    #expect(attempts[1].startedAt - (attempts[0].startedAt + attempts[0].duration) >= .milliseconds(900))
                }
            }
        }
    }

    @Test func retryAfterIsHonouredAndClientErrorsFailAtOnce() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { request in
                switch request.number {
                case 1: .failure(429, "slow down", headers: ["retry-after": "2"])
                case 2: ModelServer.echo(request)
                default: .failure(400, "no such parameter", type: "invalid_request_error")
                }
            } run: { server in
                try await withPipeline(url: host.url, model: server.baseURL) { pipeline in
                    try await pipeline.publish(#"{"prompt": "limited", "model": "m"}"#, id: "limited")
                    let limited = try await pipeline.outcome(of: "limited")
                    #expect(limited.status == .completed)
                    let starts = limited.attempts.map(\.startedAt)
                    #expect(starts.count == 2 && starts[1] - starts[0] >= .seconds(2))

                    try await pipeline.publish(#"{"prompt": "wrong", "model": "m"}"#, id: "wrong")
                    let wrong = try await pipeline.outcome(of: "wrong")
                    #expect(wrong.status == .failed)
                    #expect(wrong.error?.type == "invalid_request")
                    #expect(wrong.error?.status == 400)
                    #expect(wrong.attempts.count == 1)
                }
            }
        }
    }

    @Test func streamedAnswerArrivesInPiecesOnTheReplyQueue() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { server in
                try await withPipeline(url: host.url, model: server.baseURL) { pipeline in
                    try await pipeline.publish(
                        #"{"prompt": "one two three", "model": "m", "stream": true}"#, id: "streamed", replyTo: pipeline.replyQueue,
                        correlationID: "c")
                    let outcome = try await pipeline.outcome(of: "streamed")
                    #expect(outcome.result == "one two three")
                    let replies = try await pipeline.replies.atLeast(4, "replies")
                    let pieces = try replies.filter { $0.properties.type == "task.progress" }.map { delivery in
                        try TaskEvent.decode(Array(delivery.body.readableBytesView))
                    }
                    let progress = pieces.compactMap { event -> TaskProgress? in
                        if case .progress(let progress) = event.payload { progress } else { nil }
                    }
                    #expect(progress.map(\.sequence) == Array(1...progress.count))
                    #expect(progress.map(\.delta).joined() == "one two three")
                    #expect(!pipeline.types(of: "streamed").contains("task.progress"))
                }
            }
        }
    }
}

import AMQP
import Foundation
import MoltBotCore
import TestSupport
import Testing

@Suite("A worker that dies", .timeLimit(.minutes(30)))
struct WorkerDeathTests {
    @Test func inMidCallHasItsTaskRunByAnother() async throws {
        try await withStage { stage in
            let never = Gate()
            try await withModelServer {
                $0.number == 1 ? ModelServer.echo($0).held(by: never) : ModelServer.echo($0)
            } run: { server in
                try await stage.withWorker(model: server.baseURL) { worker in
                    try await stage.spectator.publish(#"{"prompt": "twice", "model": "m"}"#, id: "task")
                    try await server.requests.atLeast(1, "call")
                    try worker.send(.kill)
                    _ = try await worker.waitForExit()
                }
                try await stage.withWorker(model: server.baseURL) { _ in
                    let outcome = try await stage.spectator.outcome(of: "task")
                    #expect(outcome.result == "twice")
                }
                #expect(stage.spectator.terminalCount(of: "task") == 1)
                #expect(server.requests.count == 2)
            }
        }
    }

    /// The worst moment: the result is out and confirmed, the acknowledgement is not. The next worker gets the task again; it must
    /// neither call the model nor announce a second end.
    @Test func betweenTheConfirmedResultAndTheAckHasNothingRepeated() async throws {
        try await withStage { stage in
            let proxy = try await BrokerProxy.start(brokerPort: stage.brokerPort)
            try await withModelServer { server in
                let ids = (1...15).map { "task-\($0)" }
                try await stage.withWorker(model: server.baseURL, brokerPort: proxy.port) { worker in
                    // Events of the broker's first second do not count as proof that it has not restarted: clocks may differ.
                    try await stage.spectator.publish(
                        #"{"prompt": "x", "model": "echo", "parameters": {"echo_delay_ms": 1200}}"#, id: "first")
                    _ = try await stage.spectator.outcome(of: "first")
                    proxy.hold(.acknowledgements)
                    for id in ids {
                        try await stage.spectator.publish(
                            #"{"prompt": "once", "model": "m"}"#, id: id, replyTo: stage.spectator.replyQueue, correlationID: id)
                    }
                    for id in ids { #expect(try await stage.spectator.outcome(of: id).status == .completed) }
                    try worker.send(.kill)
                    _ = try await worker.waitForExit()
                }
                #expect(server.requests.count == 15)
                let second = try await stage.withWorker(model: server.baseURL) { worker in
                    // Takes its turn behind the redelivered ones.
                    try await stage.spectator.publish(#"{"prompt": "last", "model": "m"}"#, id: "last", priority: 1)
                    _ = try await stage.spectator.outcome(of: "last")
                    // Each redelivered task's reply is sent again before the task is settled: its first one may not have arrived.
                    _ = try await stage.spectator.replies.atLeast(30, "replies")
                    return worker
                }
                #expect(server.requests.count == 16 || server.requests.count > 16 && second.gaveUpOnTheLedger)
                for id in ids { #expect(stage.spectator.terminalCount(of: id) == 1) }
            }
            await proxy.stop()
        }
    }

    @Test func fiveTimesOnOneTaskLeavesItToAPerson() async throws {
        try await withStage { stage in
            let never = Gate()
            try await withModelServer {
                ModelServer.echo($0).held(by: never)
            } run: { server in
                try await stage.spectator.publish(#"{"prompt": "poison", "model": "m"}"#, id: "poison")
                // A worker that dies between its copy of the task, with the death counted, and its acknowledgement leaves both: then it
                // takes one death more. On a machine that stands still now and then the call is seen before the acknowledgement has left.
                var (deaths, isOver) = (0, false)
                while !isOver, deaths < 8 {
                    let next = deaths + 1
                    isOver = try await stage.withWorker(model: server.baseURL) { worker in
                        if try await Self.ends(before: next, stage, server) { return true }
                        try worker.send(.kill)
                        _ = try await worker.waitForExit()
                        return false
                    }
                    deaths = next
                }
                let outcome = try await stage.spectator.outcome(of: "poison")
                #expect(outcome.status == .failed)
                #expect(outcome.error?.type == "poison")
                #expect(try await stage.spectator.take("moltbot.dead")?.properties.messageID == "poison")
                #expect((5...7).contains(server.requests.count), "\(server.requests.count) calls")
            }
        }
    }

    /// Whether the task has ended before that many calls were made.
    private static func ends(before calls: Int, _ stage: Stage, _ server: ModelServer) async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await server.requests.atLeast(calls, "call")
                return false
            }
            group.addTask {
                try await stage.spectator.endings.atLeast(1, "end")
                return true
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
    }

    @Test func inGoodOrderFinishesWhatItCanAndGivesBackTheRest() async throws {
        try await withStage { stage in
            let release = Gate()
            let never = Gate()
            try await withModelServer { request in
                let body = String(decoding: request.body, as: UTF8.self)
                if body.contains("short") { return ModelServer.echo(request).held(by: release) }
                return request.number <= 2 ? ModelServer.echo(request).held(by: never) : ModelServer.echo(request)
            } run: { server in
                try await stage.withWorker(model: server.baseURL, "--grace-period", "10") { worker in
                    try await stage.spectator.publish(#"{"prompt": "short", "model": "m"}"#, id: "short")
                    try await stage.spectator.publish(#"{"prompt": "long", "model": "m"}"#, id: "long")
                    try await server.requests.atLeast(2, "call")
                    try worker.send(.terminate)
                    release.open()
                    #expect(try await stage.spectator.outcome(of: "short").status == .completed)
                    #expect(try await worker.waitForExit() == .code(0))
                }
                #expect(stage.spectator.terminalCount(of: "long") == 0)
                try await stage.withWorker(model: server.baseURL) { _ in
                    let outcome = try await stage.spectator.outcome(of: "long")
                    #expect(outcome.status == .completed)
                }
                #expect(stage.spectator.terminalCount(of: "long") == 1)
            }
        }
    }
}

import AMQP
import Foundation
import MoltBotCore
import TestSupport
import Testing

/// What a worker process takes for itself, with hundreds of limits and a full cache.
@Suite("A worker's footprint", .timeLimit(.minutes(30)))
struct WorkerFootprintTests {
    private static let promptBytes = 64 * 1024

    private static var yaml: String {
        let deployments = (0..<200).map {
            "    - {name: limited-\($0), provider: vllm, endpoint: \"http://127.0.0.1:1/v1\", limits: {rpm: 60, tpm: 6000, concurrency: 2}}"
        }
        let workspaces = (0..<200).map { "    team-\($0): {requests_per_minute: 60}" }
        return """
            models:
              cache: {max_bytes: 4MiB}
              deployments:
            \(deployments.joined(separator: "\n"))
              workspace_limits:
            \(workspaces.joined(separator: "\n"))
            """
    }

    @Test func staysAsItIsHoweverManyTasksRunAndIsNothingWithoutTasks() async throws {
        try await withModelTerminal(files: ["config/gateway.yaml": Self.yaml]) { terminal in
            try await terminal.withWorker { worker in
                try await withSpectator(url: terminal.url) { spectator in
                    try await Self.load(spectator, "warm", 250)
                    let before = try Self.residentBytes(worker.pid)
                    let count = 500
                    try await Self.load(spectator, "more", count)
                    let growth = try Self.residentBytes(worker.pid) - before
                    let passed = count * Self.promptBytes
                    print("footprint: \(growth >> 20) MiB more after \(passed >> 20) MiB of tasks, \(before >> 20) MiB before")
                    #expect(growth < passed / 2)

                    let (time, span) = try await Self.idleTime(of: worker, spectator)
                    print("footprint: \(time) of processor time in \(span) without tasks, with 400 limits")
                    #expect(time < span / 4)
                }
            }
        }
    }

    /// Tasks whose answers are as large as they are, and all of which the cache is asked to keep.
    private static func load(_ spectator: Spectator, _ name: String, _ count: Int) async throws {
        let filling = String(repeating: "x", count: promptBytes)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                group.addTask {
                    try await spectator.publish(
                        #"{"prompt": "\#(name) \#(number) \#(filling)", "model": "echo", "cache": "on"}"#, id: "\(name)-\(number)")
                }
            }
            try await group.waitForAll()
        }
        for number in 0..<count { #expect(try await spectator.outcome(of: "\(name)-\(number)", within: .seconds(60)).status == .completed) }
    }

    /// Between two signs of life that the worker gives by itself.
    private static func idleTime(of worker: ChildProcess, _ spectator: Spectator) async throws -> (used: Duration, span: Duration) {
        let queue = AMQPQueue(name: "spectator.control")
        try await spectator.program.withChannel { channel in
            try await channel.queueDeclare(queue)
            try await channel.queueBind(queue: queue.name, exchange: "moltbot.control", routingKey: "")
        }
        let signs = Recorder<Void>()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await spectator.program.read(queue.name) { delivery in
                    if delivery.properties.type == "moltbot.control.presence" { signs.record(()) }
                }
            }
            defer { group.cancelAll() }
            try await signs.atLeast(1, "sign of life")
            let (start, used) = (ContinuousClock.now, try processorTime(worker.pid))
            try await signs.atLeast(2, "signs of life")
            return (try processorTime(worker.pid) - used, .now - start)
        }
    }

    private static func residentBytes(_ pid: Int32) throws -> Int {
        let fields = try String(contentsOfFile: "/proc/\(pid)/statm", encoding: .utf8).split(separator: " ")
        return try #require(Int(fields[1])) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    private static func processorTime(_ pid: Int32) throws -> Duration {
        let text = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        // The name before it may have spaces; `utime` and `stime` are the 12th and 13th after it (proc(5)).
        let fields = try #require(text.split(separator: ")").last).split(separator: " ")
        let ticks = try #require(Int(fields[11])) + #require(Int(fields[12]))
        return .seconds(1) * ticks / Int(sysconf(Int32(_SC_CLK_TCK)))
    }
}

import MoltBotCore
import NIOCore
import Testing

@testable import AMQP
@testable import MoltBotMessaging
@testable import MoltBotWorker

@Suite("Tasks that ended lately") struct RunningTasksTests {
    private static func id(_ number: Int) throws -> TaskID { try #require(TaskID("task-\(number)")) }

    /// Which of the first `count` tasks the worker still knows to have ended: the others would be marked.
    private static func remembered(_ tasks: RunningTasks, of count: Int) throws -> [Int] {
        let marked = Set(try #require(tasks.cancel(try (0..<count).map(id), of: nil)).marked)
        return try (0..<count).filter { !marked.contains(try id($0)) }
    }

    private static func end(_ number: Int, _ message: JSONValue?, in tasks: RunningTasks) throws {
        let outcome = TaskOutcome(taskID: try id(number), workspace: .default, status: .completed, message: message)
        tasks.ended(try id(number), of: .default, RunningTasks.Run(redrives: 0), .terminal(EncodedEvent(TaskEvent(outcome))))
    }

    private static func task(_ workspace: Workspace) -> TaskEnvelope {
        TaskEnvelope(
            AMQPDelivery(
                exchange: "moltbot.tasks", routingKey: "", properties: AMQPProperties(messageID: "task-1"), body: ByteBuffer(),
                isRedelivered: false, deliveryTag: 1),
            from: TaskQueue(name: "moltbot.tasks.\(workspace)", workspace: workspace, lane: nil))
    }

    @Test("Vectors count for what they take: a worker with embeddings only keeps the latest few")
    func embeddings() throws {
        let tasks = RunningTasks(of: [.default])
        // 2 MiB each.
        let vectors = JSONValue.array([["embedding": .array([JSONValue](repeating: 0.25, count: 400_000))]])
        for number in 0..<40 { try Self.end(number, vectors, in: tasks) }
        #expect(try Self.remembered(tasks, of: 40) == Array(33..<40))
    }

    @Test("Tasks of two workspaces may have the same id, and are two tasks; an order without a workspace is for both")
    func twoWorkspaces() throws {
        let (one, other) = (Workspace.default, try #require(Workspace("other")))
        let tasks = RunningTasks(of: [one, other])
        guard case .new(let first) = tasks.arrived(Self.task(one)), case .new(let second) = tasks.arrived(Self.task(other)) else {
            Issue.record("the second one is taken for the first")
            return
        }
        let outcome = TaskOutcome(taskID: try Self.id(1), workspace: one, status: .completed)
        tasks.ended(try Self.id(1), of: one, first, .terminal(EncodedEvent(TaskEvent(outcome))))
        #expect(tasks.cancel([try Self.id(1)], of: one)?.running == [])
        #expect(!second.cancelled.hasFired)
        #expect(tasks.held([try Self.id(1)], of: one).running == [])
        #expect(tasks.cancel([try Self.id(1)], of: nil)?.running == [try Self.id(1)])
        #expect(second.cancelled.hasFired)
        tasks.ended(try Self.id(1), of: other, second, .abandoned)
        // It may come again, there.
        #expect(tasks.cancel([try Self.id(1)], of: nil)?.marked == [try Self.id(1)])
        guard case .ended = tasks.arrived(Self.task(one)), case .new = tasks.arrived(Self.task(other)) else {
            Issue.record("one has the other's outcome")
            return
        }
    }

    @Test(
        "An order to cancel a workspace's task leaves another one's with the same id alone, when it comes as well",
        arguments: [true, false])
    func orderOfOneWorkspace(isKept: Bool) throws {
        let (one, other) = (Workspace.default, try #require(Workspace("other")))
        let tasks = RunningTasks(of: [one, other])
        if isKept {
            tasks.withdraw([try Self.id(1)], of: one)
        } else {
            #expect(tasks.cancel([try Self.id(1)], of: one)?.marked == [try Self.id(1)])
        }
        guard case .new(let first) = tasks.arrived(Self.task(one)), case .new(let second) = tasks.arrived(Self.task(other)) else {
            Issue.record("the second one is taken for the first")
            return
        }
        #expect(first.cancelled.hasFired)
        #expect(!second.cancelled.hasFired)
    }

    @Test("Of a workspace whose tasks it does not get a worker says nothing")
    func strangersOrder() throws {
        let stranger = try #require(Workspace("other"))
        #expect(RunningTasks(of: [.default]).cancel([try Self.id(1)], of: stranger) == nil)
    }

    @Test("An order to cancel is for a task's first life, and one that came too late for a later life for that one")
    func laterLives() throws {
        let tasks = RunningTasks(of: [.default])
        func arrival(_ redrives: Int) -> RunningTasks.Run? {
            let properties = AMQPProperties(headers: ["x-moltbot-redrives": .int64(Int64(redrives))], messageID: "task-1")
            let delivery = AMQPDelivery(
                exchange: "moltbot.tasks", routingKey: "", properties: properties, body: ByteBuffer(), isRedelivered: false, deliveryTag: 1)
            let queue = TaskQueue(name: "moltbot.tasks.default", workspace: .default, lane: nil)
            guard case .new(let run) = tasks.arrived(TaskEnvelope(delivery, from: queue)) else { return nil }
            return run
        }
        #expect(tasks.cancel([try Self.id(1)], of: nil)?.marked == [try Self.id(1)])
        let second = try #require(arrival(1))
        #expect(!second.cancelled.hasFired)
        // It is on its way to the delay ladder when the next order comes.
        #expect(tasks.cancel([try Self.id(1)], of: nil)?.running == [try Self.id(1)])
        tasks.ended(try Self.id(1), of: .default, second, .wentOn(.init(attempt: 2, deliveries: 0)))
        #expect(arrival(1)?.cancelled.hasFired == true)
    }

    @Test("Small outcomes are kept by their number")
    func small() throws {
        let tasks = RunningTasks(of: [.default])
        for number in 0..<2100 { try Self.end(number, ["role": "assistant", "content": "yes"], in: tasks) }
        #expect(try Self.remembered(tasks, of: 2100) == Array(52..<2100))
    }

    @Test("The latest outcome is kept whatever its size: its delivery may come again at once")
    func huge() throws {
        let tasks = RunningTasks(of: [.default])
        let huge = JSONValue.string(String(repeating: "x", count: 20_000_000))
        for number in 0..<3 { try Self.end(number, huge, in: tasks) }
        #expect(try Self.remembered(tasks, of: 3) == [2])
    }
}

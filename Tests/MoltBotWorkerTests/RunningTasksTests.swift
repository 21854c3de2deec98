import MoltBotCore
import MoltBotMessaging
import Testing

@testable import MoltBotWorker

@Suite("Tasks that ended lately") struct RunningTasksTests {
    private static func id(_ number: Int) throws -> TaskID { try #require(TaskID("task-\(number)")) }

    /// Which of the first `count` tasks the worker still knows to have ended: the others would be marked.
    private static func remembered(_ tasks: RunningTasks, of count: Int) throws -> [Int] {
        let marked = Set(tasks.cancel(try (0..<count).map(id)).marked)
        return try (0..<count).filter { !marked.contains(try id($0)) }
    }

    private static func end(_ number: Int, _ message: JSONValue?, in tasks: RunningTasks) throws {
        let outcome = TaskOutcome(taskID: try id(number), workspace: .default, status: .completed, message: message)
        tasks.ended(try id(number), RunningTasks.Run(isFirstLife: true), .terminal(EncodedEvent(TaskEvent(outcome))))
    }

    @Test("Vectors count for what they take: a worker with embeddings only keeps the latest few")
    func embeddings() throws {
        let tasks = RunningTasks()
        // 2 MiB each.
        let vectors = JSONValue.array([["embedding": .array([JSONValue](repeating: 0.25, count: 400_000))]])
        for number in 0..<40 { try Self.end(number, vectors, in: tasks) }
        #expect(try Self.remembered(tasks, of: 40) == Array(33..<40))
    }

    @Test("Small outcomes are kept by their number")
    func small() throws {
        let tasks = RunningTasks()
        for number in 0..<2100 { try Self.end(number, ["role": "assistant", "content": "yes"], in: tasks) }
        #expect(try Self.remembered(tasks, of: 2100) == Array(52..<2100))
    }

    @Test("The latest outcome is kept whatever its size: its delivery may come again at once")
    func huge() throws {
        let tasks = RunningTasks()
        let huge = JSONValue.string(String(repeating: "x", count: 20_000_000))
        for number in 0..<3 { try Self.end(number, huge, in: tasks) }
        #expect(try Self.remembered(tasks, of: 3) == [2])
    }
}

import AMQP
import Dispatch
import NIOCore
import NIOPosix
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct LoopExecutorTests {
    @Test func urgentTasksGoFirst() async throws {
        #expect(
            try await order(of: ["other 1", "other 2", "urgent 1", "other 3", "urgent 2"])
                == ["urgent 1", "urgent 2", "other 1", "other 2", "other 3"])
    }

    @Test func urgentTasksDoNotKeepOthersOutForEver() async throws {
        let urgent = (1...20).map { "urgent \($0)" }
        #expect(try await order(of: urgent + ["other"]) == urgent.prefix(16) + ["other"] + urgent.suffix(4))
    }

    /// In which order tasks that come while the loop is busy run.
    private func order(of names: [String]) async throws -> [String] {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let executor = AMQPLoopExecutor(group.any())
        let ran = Recorder<String>()
        let isIdle = DispatchSemaphore(value: 0)
        group.any().execute { isIdle.wait() }
        for name in names {
            Task(executorPreference: executor, priority: name.hasPrefix("urgent") ? .high : .medium) { ran.record(name) }
        }
        isIdle.signal()
        let order = try await ran.atLeast(names.count, "task that ran")
        try await group.shutdownGracefully()
        return order
    }
}

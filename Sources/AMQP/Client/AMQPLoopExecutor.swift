public import NIOCore

/// Runs tasks on the thread of an event loop: what publishes and consumes a lot saves a thread change at each step when it runs where
/// its connections live. For code that never blocks.
///
///     await withTaskExecutorPreference(AMQPLoopExecutor(loop)) { … }
public final class AMQPLoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    public init(_ loop: any EventLoop) {
        self.loop = loop
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // Also from the loop itself it waits its turn: running it here would nest one task in another's stack.
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

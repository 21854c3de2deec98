import Dispatch

/// A thread of its own for a task: what blocks it, or does not give way on it, keeps nothing from running but what runs here as well.
package final class OneThread: TaskExecutor {
    private let queue = DispatchQueue(label: "one thread")

    package init() {}

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

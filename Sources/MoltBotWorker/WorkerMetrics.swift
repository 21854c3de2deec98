internal import Metrics
internal import MoltBotCore

/// The worker's instruments. Labels are bounded: workspaces are configured, statuses are few.
struct WorkerMetrics: Sendable {
    private let ended: [TaskStatus: Counter]
    private let duration: Timer
    private let queueWait: Timer
    private let inFlight: Meter
    private let retries: Counter
    private let duplicates: Counter
    private let deadLetters: Counter

    init() {
        ended = Dictionary(
            uniqueKeysWithValues: TaskStatus.allCases.filter(\.isTerminal).map { status in
                (status, Counter(label: "moltbot.tasks", dimensions: [("status", status.rawValue)]))
            })
        duration = Timer(label: "moltbot.task.duration")
        queueWait = Timer(label: "moltbot.task.queue.wait")
        // Of all workers of a process, so each tells what changes.
        inFlight = Meter(label: "moltbot.tasks.in.flight")
        retries = Counter(label: "moltbot.task.retries")
        duplicates = Counter(label: "moltbot.task.duplicates")
        deadLetters = Counter(label: "moltbot.dead.letters")
    }

    func began() { inFlight.increment() }
    func left() { inFlight.decrement() }
    func retried() { retries.increment() }
    func duplicateDropped() { duplicates.increment() }
    func deadLettered() { deadLetters.increment() }

    func ended(_ outcome: TaskOutcome, received: Timestamp) {
        ended[outcome.status]?.increment()
        duration.recordMilliseconds((Timestamp.now() - received).wholeMilliseconds)
        if let wait = outcome.queueTime { queueWait.recordMilliseconds(wait.wholeMilliseconds) }
    }
}

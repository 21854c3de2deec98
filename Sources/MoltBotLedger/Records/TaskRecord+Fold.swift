internal import MoltBotCore
internal import MoltBotMessaging

/// How what the stream tells changes a record. Pure; any order and any repetition lead to the same end.
extension TaskRecord {
    enum Effect: Equatable {
        case nothing
        case changed
        /// The event ended this life of the task, which may be an earlier one than the present.
        case ended(redrives: Int)
    }

    /// The record of a task that the stream tells of for the first time.
    /// - Parameter now: for a message that does not say when it was made.
    init(_ task: LedgerTask, number: Int64, now: Timestamp) {
        self.init(number: number, id: task.id, workspace: task.workspace, createdAt: task.createdAt ?? now)
        isCreationKnown = task.createdAt != nil
        redrives = task.redrives
        announce(task)
    }

    init(_ outcome: TaskOutcome, number: Int64, at time: Timestamp) {
        self.init(number: number, id: outcome.taskID, workspace: outcome.workspace, createdAt: outcome.createdAt ?? time)
        isCreationKnown = outcome.createdAt != nil
        // Older than any event's: the first one decides.
        statusAt = Timestamp(millisecondsSinceEpoch: .min)
        metadata = outcome.metadata
        // Its message may have been forgotten, or be gone from the stream; a batch has to hear of each end.
        batch = TaskBatch.batch(of: outcome.taskID)
    }

    /// The task's message was read: its first, one that a person has put back, or a repetition.
    mutating func apply(_ task: LedgerTask) -> Effect {
        let isNewLife = task.redrives > redrives
        guard isNewLife || !isAnnounced else { return .nothing }
        if isNewLife { begin(redrives: task.redrives) }
        announce(task)
        return .changed
    }

    /// True while nothing is known but the task's first message.
    var isOnlyAnnounced: Bool { isAnnounced && redrives == 0 && status == .queued && attempts == 0 }

    mutating func apply(_ event: TaskEvent) -> Effect {
        guard let outcome = event.outcome else { return .nothing }
        if !isCreationKnown, let known = outcome.createdAt {
            createdAt = known
            isCreationKnown = true
        }
        return event.type.isTerminal
            ? end(outcome, life: event.life ?? redrives, at: event.time) : move(outcome, event.type, at: event.time)
    }

    private mutating func announce(_ task: LedgerTask) {
        isAnnounced = true
        lane = task.lane
        priority = task.priority
        model = model ?? task.model
        runAt = task.runAt
        deadline = task.deadline
        idempotencyKey = task.idempotencyKey
        // A task that a person puts back comes without: it still is what was sent first.
        fingerprint = fingerprint ?? task.fingerprint
        batch = task.batch
        metadata = task.metadata
        if !isCreationKnown, let known = task.createdAt {
            createdAt = known
            isCreationKnown = true
        }
    }

    /// A life that follows on one that has ended.
    private mutating func begin(redrives: Int) {
        self.redrives = redrives
        status = .queued
        (provider, deployment, startedAt, endedAt, cost, usage, errorType, attempts) = (nil, nil, nil, nil, nil, nil, nil, 0)
    }

    /// A task that has ended does not run again in the same life, and older news change nothing. The first news of a task always count: by
    /// a worker's clock they may be older than the task is by its sender's.
    private mutating func move(_ outcome: TaskOutcome, _ type: TaskEventType, at time: Timestamp) -> Effect {
        guard !status.isTerminal, isOnlyAnnounced || time >= statusAt, type != .progress else { return .nothing }
        status = type.status
        statusAt = time
        if status == .running { startedAt = startedAt ?? outcome.startedAt ?? time }
        describe(outcome)
        return .changed
    }

    /// The first end of a life is the one that counts.
    private mutating func end(_ outcome: TaskOutcome, life: Int, at time: Timestamp) -> Effect {
        if life < redrives { return .ended(redrives: life) }
        if life > redrives { begin(redrives: life) }
        guard !status.isTerminal else { return .nothing }
        status = outcome.status
        statusAt = time
        startedAt = outcome.startedAt ?? startedAt
        endedAt = outcome.completedAt ?? time
        cost = outcome.cost
        usage = outcome.usage
        errorType = outcome.error?.type
        describe(outcome)
        return .ended(redrives: life)
    }

    private mutating func describe(_ outcome: TaskOutcome) {
        model = outcome.model ?? model
        provider = outcome.provider ?? provider
        deployment = outcome.deployment ?? deployment
        attempts = max(attempts, outcome.attempts.count)
    }
}

extension TaskEvent {
    /// Which life of its task a terminal event ended, as its id says; nil when the id is not one that MoltBot makes.
    var life: Int? {
        let first = TaskEvent.terminalEventID(for: taskID)
        if id == first { return 0 }
        guard id.hasPrefix(first + "-"), let redrives = Int(id.dropFirst(first.count + 1)),
            (1...TaskEnvelope.maximumRedrives).contains(redrives)
        else { return nil }
        return redrives
    }
}

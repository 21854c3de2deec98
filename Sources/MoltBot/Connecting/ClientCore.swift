internal import AMQP
internal import FoundationEssentials
internal import Logging
internal import MoltBotCore
internal import MoltBotMessaging

/// What runs behind a client: its connections, and the readers of its two queues.
final class ClientCore: Sendable {
    let configuration: AMQPConfiguration
    let session: BrokerSession
    let workspace: Workspace
    let options: MoltBot.Options
    let submitter: TaskSubmitter
    let control: ControlLine
    let inquiry: LedgerInquiry
    let operations = OpenOperations()
    let outcomes: OutcomeDesk
    let answers = OpenAnswers()
    let hub = EventHub()
    let handlers = HandlerTasks()
    private let replies: QueueReader
    private let events: LazyReader
    /// Wakes the look for outcomes that a lost queue has taken along.
    private let reopened: AsyncStream<Void>
    private let reopenedSource: AsyncStream<Void>.Continuation

    init(_ configuration: AMQPConfiguration, workspace: Workspace, options: MoltBot.Options) {
        self.configuration = configuration
        session = BrokerSession(configuration: configuration, role: "library", logger: options.logger)
        self.workspace = workspace
        self.options = options
        submitter = TaskSubmitter(session.publishing, logger: options.logger)
        control = ControlLine(session)
        inquiry = LedgerInquiry(nodes: LedgerLookup(session, control: control), ledger: LedgerTail(session), workspace: workspace)
        outcomes = OutcomeDesk(cachedBytes: options.outcomeBuffer)
        replies = QueueReader(feed: ResultFeed(session, source: .newReplies()), logger: options.logger)
        events = LazyReader(QueueReader(feed: ResultFeed(session, source: .newEvents(of: workspace)), logger: options.logger))
        (reopened, reopenedSource) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    var masterKeys: MasterKeySource {
        MasterKeySource(setting: options.masterKey?.string, file: options.masterKeyFile.map { MasterKeyFile(path: $0) })
    }

    var replyQueue: String { replies.feed.source.queue }

    /// Runs until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            // They throw nothing but their cancellation.
            group.addTask { try? await self.session.withConnections { await self.read() } }
        }
    }

    private func read() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.control.run() }
            group.addTask { await self.replies.run(reopened: { self.repliesReopened() }) { self.take($0) } }
            group.addTask { await self.events.run(reopened: { self.reopenedSource.yield() }) { self.announce($0) } }
            group.addTask { await self.lookForLostOutcomes() }
        }
    }

    /// Returns when the client can be used.
    func open(within timeout: Duration) async throws {
        let deadline = ContinuousClock.now + timeout
        try await session.publishing.waitUntilConnected(within: timeout)
        try await session.consuming.waitUntilConnected(within: ContinuousClock.now.duration(to: deadline))
        try await replies.feed.open()
    }

    /// Returns when events are kept for this client from now on.
    func listen() async throws { try await events.start() }

    /// Deletes the client's queues, unless the broker is away: then they end by themselves.
    func removeQueues() async {
        guard session.consuming.status.isConnected else { return }
        try? await replies.feed.close()
        if events.isStarted { try? await events.reader.feed.close() }
    }

    private func take(_ message: ResultMessage) {
        guard case .event(let event, let isRedelivered) = message else { return }
        switch event.payload {
        case .progress(let progress):
            // Pieces that come again would look like a second attempt's.
            if !isRedelivered { answers.received(progress.sequence, progress.delta, of: progress.taskID.rawValue) }
        case .outcome:
            if event.type.isTerminal, let event = MoltBot.Event(event) { ended(event) }
        }
    }

    private func ended(_ event: MoltBot.Event) {
        answers.ended(event.outcome)
        outcomes.arrived(event, isKept: true)
    }

    private func announce(_ message: ResultMessage) {
        guard case .event(let event, _) = message, let event = MoltBot.Event(event) else { return }
        hub.arrived(event)
        if event.outcome.status.isTerminal { outcomes.arrived(event, isKept: false) }
    }

    /// A queue that ended during a long outage took outcomes along, and a broker that was killed may have lost some.
    private func repliesReopened() {
        outcomes.mayHaveMissedReplies(before: .now)
        reopenedSource.yield()
    }

    /// Asks about all that is awaited each time that a queue is there again, until it is known how it ended.
    private func lookForLostOutcomes() async {
        for await _ in reopened { break }
        while !Task.isCancelled {
            let tasks = Dictionary((outcomes.awaited + answers.tasks).map { ($0.id, $0) }) { first, _ in first }.values
            await withTaskGroup(of: Bool.self) { group in
                group.addTask {
                    for await _ in self.reopened { break }
                    return true
                }
                for task in tasks {
                    group.addTask {
                        await self.lookForOutcome(of: task)
                        return false
                    }
                }
                // The next time begins anew, without pauses.
                for await isNextTime in group where isNextTime { break }
                group.cancelAll()
            }
        }
    }

    private func lookForOutcome(of task: MoltBot.SubmittedTask) async {
        let isAwaited = { !Task.isCancelled && (self.outcomes.isAwaited(task.id) || self.answers.isOpen(task.id)) }
        guard let event = await inquiry.end(of: task, while: isAwaited) else { return }
        answers.ended(event.outcome)
        outcomes.arrived(event, isKept: task.replyQueue != nil)
    }
}

import AMQP
import MoltBotCore
import MoltBotMessaging

extension SubmitJob {
    private enum Step: Sendable {
        case sent
        case answered
        /// Nobody reads the answers any more; the tasks are sent all the same.
        case unread(Console.Closed)
        case outOfTime
    }

    /// Sends the tasks with a reply queue of their own and prints each outcome as it comes.
    /// - Parameter patience: nil waits for ever.
    /// - Throws: ``CommandFailure``: `failed` when a task did not complete, `tryLater` when time is up.
    func sendAndWait(_ session: BrokerSession, for patience: Duration?) async throws {
        let feed = ResultFeed(session, source: .newReplies())
        try await feed.open()
        let awaited = AwaitedTasks()
        do {
            try await race(session, feed, awaited, patience)
            await removed(feed)
        } catch {
            await removed(feed)
            if awaited.count > 0, error is CancellationError {
                console.note("\(awaited.count) tasks go on without this command; `moltbot results` has their outcomes.")
            }
            throw error
        }
        guard awaited.failures > 0 else { return }
        // A single task's failure has been told already.
        guard batch.count > 1 else { throw ExitStatus.failed.code }
        throw CommandFailure(.failed, "\(awaited.failures) of \(batch.count) tasks did not complete")
    }

    private func race(_ session: BrokerSession, _ feed: ResultFeed, _ awaited: AwaitedTasks, _ patience: Duration?) async throws {
        try await withThrowingTaskGroup(of: Step.self) { group in
            group.addTask {
                do {
                    try await printAnswers(feed, awaited)
                    return .answered
                } catch let closed as Console.Closed {
                    return .unread(closed)
                } catch let error as AMQPError where error.code == .consumerCancelled || error.replyCode == 404 {
                    throw CommandFailure(
                        .tryLater,
                        "the queue for the answers is gone, as it is when the broker was out of reach for 5 minutes; "
                            + "\(awaited.count) of \(batch.count) answers are missing",
                        remedy: whereTheyAre(awaited))
                }
            }
            group.addTask {
                try await sendAll(session, replyTo: feed.source.queue, awaited)
                return awaited.complete() ? .answered : .sent
            }
            if let patience {
                group.addTask {
                    try await Task.sleep(for: patience)
                    return .outOfTime
                }
            }
            defer { group.cancelAll() }
            var isSent = false
            var closed: Console.Closed?
            while let step = try await group.next() {
                switch step {
                case .sent: isSent = true
                case .unread(let reason): closed = reason
                case .answered: return
                case .outOfTime:
                    throw CommandFailure(
                        .tryLater, "no answer to \(awaited.count) of \(batch.count) tasks within \(patience ?? .zero)",
                        remedy: whereTheyAre(awaited) + " Does a worker run (`moltbot worker`)?")
                }
                if isSent, let closed {
                    guard closed.isByReader else { throw closed }
                    return
                }
            }
            throw CancellationError()
        }
    }

    private func whereTheyAre(_ awaited: AwaitedTasks) -> String {
        let unsent = batch.count - awaited.sentCount
        let who = unsent == 0 ? "They" : "\(unsent) may not have been sent. The others"
        return who + " go on; `moltbot results` has their outcomes."
    }

    private func sendAll(_ session: BrokerSession, replyTo queue: String, _ awaited: AwaitedTasks) async throws {
        let submitter = TaskSubmitter(session.publishing, logger: session.logger)
        let sender = TaskSender { task in
            var task = task
            task.replyTo = queue
            task.correlationID = task.id.rawValue
            awaited.add(task.id)
            try await submitter.submit(task)
            awaited.sent()
        }
        try await sender.sendAll(batch.tasks) { _ in }
    }

    /// Returns once all tasks have ended.
    private func printAnswers(_ feed: ResultFeed, _ awaited: AwaitedTasks) async throws {
        var progress = ProgressBar(console, "answers", of: batch.count)
        try await feed.follow(isKept: false) { message in
            guard case .event(let event, _) = message, event.type.isTerminal else { return .more }
            if awaited.expects(event.taskID) {
                progress.clear()
                if event.type != .completed { awaited.failed(event.taskID) }
                try show(event)
                awaited.told(event.taskID)
                progress.advance()
            }
            return awaited.isOver ? .enough : .more
        }
        progress.clear()
        // The feed also ends when this is cancelled.
        try Task.checkCancellation()
    }

    private func show(_ event: TaskEvent) throws {
        let line = ResultLine(event: event)
        if printsJSON { return try console.print(line.json) }
        if batch.count > 1 { return try console.print(line.plain) }
        if event.type == .completed { return try console.print(line.text) }
        let why = line.text.isEmpty ? "" : ": \(line.text)"
        console.report(CommandFailure(.failed, "task \(event.taskID) \(event.type.status.rawValue)\(why)"))
    }

    /// In a task of its own: the queue goes also when this command was cancelled.
    private func removed(_ feed: ResultFeed) async {
        await Task { try? await feed.close() }.value
    }
}

import Foundation
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging
import PrivateBroker

/// The demo's plot: two workers, one of them killed half-way, a relay whose receiver is broken at first, an API node, and the broker restarted once.
struct DemoRun: Sendable {
    /// As short as retries may be: one that fails twice is back before the rest is done.
    private static let maximumRetries = 10

    let stage: DemoStage
    let prompts: TaskBatch
    let model: DemoModel
    let context: CommandContext

    func perform() async throws -> DemoSummary {
        let address = try BrokerAddress(private: stage.running)
        let session = BrokerSession(configuration: address.configuration, role: "demo", logger: context.logger)
        return try await session.withConnections { try await perform(session) }
    }

    private func perform(_ session: BrokerSession) async throws -> DemoSummary {
        guard let queue = ResultQueueName("demo.results") else { throw CommandFailure(.fault, "no name for the demo's queue") }
        let feed = ResultFeed(session, source: .subscription(queue))
        try await feed.open()
        let tally = DemoTally(total: prompts.count, logger: context.logger)
        let webhooks = DemoWebhooks(stage: stage, console: context.console, logger: context.logger)
        let ended = try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { await failing(tally) { try await webhooks.receiver.run() } }
            try await webhooks.register(session)
            let (relay, node) = (try webhooks.relay(), try DemoNode(stage: stage, logger: context.logger))
            var workers = [try worker(1), try worker(2)]
            for process in workers + [relay, node.process] { start(process, &group, tally) }
            for process in workers + [relay, node.process] {
                context.console.note("\(process.name) is ready (pid \(try await process.ready()))")
            }

            group.addTask { await tallying(tally) { try await read(feed, tally) } }
            group.addTask { await failing(tally) { try await send(session, tally) } }
            group.addTask {
                guard (try? await Task.sleep(for: model.patience)) != nil else { return }
                tally.finish()
            }
            workers = try await direct(tally, webhooks, workers) { start($0, &group, tally) }
            await webhooks.wait(for: tally.completions)
            let ended = try await node.endedTasks()
            for process in workers + [relay, node.process] { try await process.stop() }
            return ended
        }
        // What the workers published to their end: a second result of a task would be among it.
        try await feed.drain { message in
            if case .event(let event, let isRedelivered) = message { _ = tally.received(event, isRedelivered: isRedelivered) }
            return .more
        }
        var summary = tally.summary
        summary.endedByLedger = ended
        summary.webhooks = webhooks.receipts.summary(expected: tally.completions)
        return summary
    }

    /// Watches the results come in and strikes at half and at three quarters of them.
    /// - Returns: the workers that are left.
    private func direct(
        _ tally: DemoTally, _ webhooks: DemoWebhooks, _ crew: [ServiceProcess], start: (ServiceProcess) -> Void
    ) async throws -> [ServiceProcess] {
        var workers = crew
        var hasKilled = false
        var hasRestarted = false
        var progress = ProgressBar(context.console, "results", of: prompts.count)
        for try await count in tally.progress {
            progress.show(count)
            for line in webhooks.receipts.takeNews() {
                progress.clear()
                context.console.note(line)
            }
            if !hasKilled, count >= prompts.count / 2 {
                hasKilled = true
                progress.clear()
                let victim = workers.removeFirst()
                try victim.kill()
                await victim.ended()
                let replacement = try worker(3)
                start(replacement)
                workers.append(replacement)
                context.console.note("\(victim.name) was killed (SIGKILL) after \(count) results; \(replacement.name) takes its place")
            }
            if !hasRestarted, count >= prompts.count * 3 / 4 {
                hasRestarted = true
                progress.clear()
                context.console.note("the broker is restarted after \(count) results ...")
                try await stage.broker.stop()
                _ = try await stage.broker.start()
                context.console.note("the broker is back")
            }
        }
        progress.clear()
        try Task.checkCancellation()
        return workers
    }

    private func worker(_ number: Int) throws -> ServiceProcess {
        try ServiceProcess(
            name: "worker \(number)", ["worker", "--concurrency", "\(model.concurrency)"],
            settings: [.brokerURL: stage.running.amqpURL], folder: stage.folder, readyWords: "Worker ready", logger: context.logger)
    }

    private func start(_ process: ServiceProcess, _ group: inout ThrowingTaskGroup<Void, any Error>, _ tally: DemoTally) {
        group.addTask { await failing(tally) { try await process.run() } }
    }

    private func send(_ session: BrokerSession, _ tally: DemoTally) async throws {
        let submitter = TaskSubmitter(session.publishing, logger: session.logger)
        let sender = TaskSender { task in
            var task = task
            task.request.maxRetries = Self.maximumRetries
            tally.willSend(task.id)
            try await submitter.submit(task)
        }
        try await sender.sendAll(prompts.tasks) { _ in }
    }

    private func read(_ feed: ResultFeed, _ tally: DemoTally) async throws {
        try await feed.follow { message in
            guard case .event(let event, let isRedelivered) = message else { return .more }
            return tally.received(event, isRedelivered: isRedelivered) ? .enough : .more
        }
    }

    /// Whoever fails ends the demo.
    private func failing(_ tally: DemoTally, _ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            tally.finish(error)
        }
    }

    /// The end of the reading is the end of the demo.
    private func tallying(_ tally: DemoTally, _ body: () async throws -> Void) async {
        await failing(tally, body)
        tally.finish()
    }
}

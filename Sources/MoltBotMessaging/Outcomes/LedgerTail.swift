internal import AMQP
internal import Logging
internal import Metrics
package import MoltBotCore
internal import NIOCore
internal import Synchronization

/// What the ledger says of a task that may have ended.
package struct LedgerRecord: Sendable {
    /// The terminal event, as it was published.
    package var event: TaskEvent
}

/// Finds out whether tasks have ended, by reading the recent part of the ledger stream up to the moment of asking.
///
/// For the rare cases that need it: a redelivered task, an unconfirmed terminal event. Questions that come together share one reading.
package actor LedgerTail {
    /// Ids of tasks, and so those of their ends, are unique within a workspace.
    fileprivate struct End: Hashable {
        var eventID: String
        var workspace: Workspace
    }

    private struct Question {
        var end: End
        var since: Timestamp
        var patience: Duration
        var answer: CheckedContinuation<LedgerRecord?, Never>
    }

    /// Before an outcome is published: the call is made, nothing waits for the slot but the next task, and a second end is worse than a
    /// late one.
    private static let lastPatience = Duration.seconds(10)
    private static let longestWait = Duration.seconds(30)

    private let session: BrokerSession
    private let patience: Duration
    private var questions: [Question] = []
    private var isReading = false

    /// - Parameter patience: longest reading before a call; what is further back counts as unknown (design: go on, count it, log it).
    package init(_ session: BrokerSession, patience: Duration = .seconds(2)) {
        self.session = session
        self.patience = patience
    }

    /// The task's terminal event if the ledger has one; nil when it has none, or could not be read in time.
    /// The reading starts a little before the task was created.
    /// - Parameter isLast: the call is made, and its outcome is about to be published.
    package func outcome(of task: TaskEnvelope, isLast: Bool = false) async -> LedgerRecord? {
        let patience = isLast ? max(patience, Self.lastPatience) : patience
        return await outcome(
            ofEvent: task.terminalEventID, in: task.queue.workspace, since: task.createdAt, within: patience)
    }

    /// The terminal event with this id.
    /// - Parameters:
    ///   - since: when it came into the ledger at the earliest.
    ///   - patience: questions that come together share the longest.
    package func outcome(
        ofEvent id: String, in workspace: Workspace, since: Timestamp, within patience: Duration
    ) async -> LedgerRecord? {
        await withCheckedContinuation { answer in
            questions.append(Question(end: End(eventID: id, workspace: workspace), since: since, patience: patience, answer: answer))
            guard !isReading else { return }
            isReading = true
            // Outlives the caller on purpose: others wait for the same reading.
            Task { await self.answerAll() }
        }
    }

    private func answerAll() async {
        while !questions.isEmpty {
            let batch = questions
            questions.removeAll()
            let found = await read(
                Set(batch.map(\.end)), since: batch.map(\.since).min() ?? .now(),
                within: batch.map(\.patience).max() ?? patience)
            for question in batch { question.answer.resume(returning: found[question.end]) }
        }
        isReading = false
    }

    private func read(_ ends: Set<End>, since: Timestamp, within patience: Duration) async -> [End: LedgerRecord] {
        let session = session
        // The reader's patience is for a slow ledger, not for a broker that is away: nothing can be published then either.
        try? await session.waitUntilConnected(within: Self.longestWait)
        let findings = LedgerFindings()
        let isWhole = await withTaskGroup(of: Bool.self) { group in
            group.addTask { (try? await Self.scan(session, ends, from: since, into: findings)) != nil }
            group.addTask {
                try? await Task.sleep(for: patience)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
        Counter(label: "moltbot.ledger.lookups", dimensions: [("outcome", isWhole ? "answered" : "timeout")]).increment(by: ends.count)
        if !isWhole {
            session.logger.warning(
                "The ledger could not be read to its end in time; going on with what was found",
                metadata: ["moltbot.tasks": "\(ends.count)", "moltbot.found": "\(findings.all.count)"])
        }
        return findings.all
    }

    private static func scan(
        _ session: BrokerSession, _ ends: Set<End>, from start: Timestamp, into findings: LedgerFindings
    ) async throws {
        let ids = Set(ends.map(\.eventID))
        try await LedgerScan(session: session).run(since: start) { delivery in
            guard let type = delivery.properties.type.flatMap({ TaskEventType(rawValue: $0) }), type.isTerminal,
                let id = delivery.properties.messageID, ids.contains(id),
                let event = try? TaskEvent.decode(Array(delivery.body.readableBytesView))
            else { return .more }
            let end = End(eventID: id, workspace: event.workspace)
            guard ends.contains(end) else { return .more }
            return findings.add(LedgerRecord(event: event), as: end) == ends.count ? .enough : .more
        }
    }
}

/// What one reading has found so far.
private final class LedgerFindings: Sendable {
    private let records = Mutex<[LedgerTail.End: LedgerRecord]>([:])

    var all: [LedgerTail.End: LedgerRecord] { records.withLock { $0 } }

    /// Keeps the first record of an end, and says how many have one.
    func add(_ record: LedgerRecord, as end: LedgerTail.End) -> Int {
        records.withLock { records in
            if records[end] == nil { records[end] = record }
            return records.count
        }
    }
}

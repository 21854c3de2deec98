internal import AMQP
internal import Logging
internal import Metrics
internal import MoltBotCore
internal import NIOCore

/// Asks the ledger nodes about tasks. Questions that come together share one message.
///
/// Any node answers, after it has read the stream up to the moment of asking. Where none is there, or none answers in time, the
/// answer is unknown and the caller goes on without.
package actor LedgerLookup {
    private struct Pending {
        var question: LedgerQuestion
        var patience: Duration
        var answer: CheckedContinuation<LedgerAnswer, Never>
    }

    /// How long a look at the queue's consumers holds: asking costs about as much as looking.
    private static let memory = Duration.seconds(3)

    private let session: BrokerSession
    private let control: ControlLine
    private let patience: Duration
    private var pending: [Pending] = []
    private var isAsking = false
    private var lastLook: (isServed: Bool, until: ContinuousClock.Instant)?

    /// - Parameters:
    ///   - control: must run; answers come to its queue.
    ///   - patience: how long a task waits for what the ledger says (design: 2 s, then go on, count it, log it).
    package init(_ session: BrokerSession, control: ControlLine, patience: Duration = .seconds(2)) {
        self.session = session
        self.control = control
        self.patience = patience
    }

    /// - Parameter patience: what an answer may take, instead of the usual; questions that share a message share the longest.
    package func answer(to question: LedgerQuestion, within patience: Duration? = nil) async -> LedgerAnswer {
        await withCheckedContinuation { answer in
            pending.append(Pending(question: question, patience: patience ?? self.patience, answer: answer))
            guard !isAsking else { return }
            isAsking = true
            // Outlives the caller on purpose: others wait for the same message.
            Task { await self.askAll() }
        }
    }

    private func askAll() async {
        while !pending.isEmpty {
            let batch = Array(pending.prefix(LookupWire.maximumQuestions))
            pending.removeFirst(batch.count)
            let answers = await ask(batch.map(\.question), within: batch.map(\.patience).max() ?? patience) ?? []
            for (index, item) in batch.enumerated() {
                item.answer.resume(returning: answers.indices.contains(index) ? answers[index] : .unknown)
            }
        }
        isAsking = false
    }

    /// Nil when nobody answers in time.
    private func ask(_ questions: [LedgerQuestion], within patience: Duration) async -> [LedgerAnswer]? {
        guard await isServed() else {
            count(questions, "absent")
            return nil
        }
        let reply = try? await control.request(
            type: BrokerNames.MessageType.lookup, body: LookupWire.encode(questions), at: BrokerNames.Queue.ledgerLookup,
            within: patience)
        guard let answers = reply.flatMap({ LookupWire.answers(in: $0) }) else {
            lastLook = nil
            count(questions, "timeout")
            session.logger.warning(
                "No ledger node answered in time; going on without it", metadata: ["moltbot.tasks": "\(questions.count)"])
            return nil
        }
        count(questions, "answered")
        return answers
    }

    /// Whether a ledger node consumes the questions right now.
    private func isServed() async -> Bool {
        if let lastLook, .now < lastLook.until { return lastLook.isServed }
        let isServed: Bool
        do {
            let status = try await session.consuming.withChannel(timeout: patience) { channel in
                try await channel.queueDeclare(AMQPQueue(name: BrokerNames.Queue.ledgerLookup), passive: true)
            }
            isServed = status.consumerCount > 0
        } catch let error as AMQPError where error.replyCode == 403 {
            // May ask, may not look: then only the answer tells.
            isServed = true
        } catch {
            isServed = false
        }
        if !isServed, lastLook?.isServed != false {
            session.logger.notice("No ledger node is there to answer; finished tasks are looked up in the ledger stream instead")
        }
        lastLook = (isServed, .now + Self.memory)
        return isServed
    }

    private func count(_ questions: [LedgerQuestion], _ outcome: String) {
        Counter(label: "moltbot.ledger.questions", dimensions: [("outcome", outcome)]).increment(by: questions.count)
    }
}

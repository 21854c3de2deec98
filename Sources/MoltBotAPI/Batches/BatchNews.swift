internal import MoltBotCore
internal import MoltBotMessaging
internal import Synchronization

/// Tells those who work on a batch that one of its tasks has ended.
final class BatchNews: Sendable {
    private let subscribers = Mutex<[String: Pulse]>([:])

    func subscribe(to batch: String) -> Pulse {
        let pulse = Pulse()
        subscribers.withLock { $0[batch] = pulse }
        return pulse
    }

    func unsubscribe(from batch: String) {
        subscribers.withLock { _ = $0.removeValue(forKey: batch) }
    }

    func tell(_ entries: [LedgerEntry]) {
        let pulses: [Pulse] = subscribers.withLock { subscribers in
            if subscribers.isEmpty { return [] }
            let batches = Set(
                entries.compactMap { entry -> String? in
                    guard case .event(let event) = entry.content, event.type.isTerminal else { return nil }
                    return TaskBatch.batch(of: event.taskID)
                })
            return batches.compactMap { subscribers[$0] }
        }
        for pulse in pulses { pulse.fire() }
    }
}

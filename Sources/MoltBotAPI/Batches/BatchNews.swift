internal import MoltBotCore
internal import MoltBotMessaging
internal import Synchronization

/// Tells those who work on a batch that one of its tasks has ended.
final class BatchNews: Sendable {
    /// Several of one batch, while one that it was taken from has not noticed yet.
    private let subscribers = Mutex<[String: [Pulse]]>([:])

    func subscribe(to batch: String) -> Pulse {
        let pulse = Pulse()
        subscribers.withLock { $0[batch, default: []].append(pulse) }
        return pulse
    }

    /// - Parameter pulse: the subscription that ends.
    func unsubscribe(_ pulse: Pulse, from batch: String) {
        subscribers.withLock { subscribers in
            let others = subscribers[batch]?.filter { $0 !== pulse } ?? []
            subscribers[batch] = others.isEmpty ? nil : others
        }
    }

    func tell(_ entries: [LedgerEntry]) {
        let pulses: [Pulse] = subscribers.withLock { subscribers in
            if subscribers.isEmpty { return [] }
            let batches = Set(
                entries.compactMap { entry -> String? in
                    guard case .event(let event) = entry.content, event.type.isTerminal else { return nil }
                    return TaskBatch.batch(of: event.taskID)
                })
            return batches.flatMap { subscribers[$0] ?? [] }
        }
        for pulse in pulses { pulse.fire() }
    }
}

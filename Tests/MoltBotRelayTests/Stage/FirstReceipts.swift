import Synchronization
import TestSupport

/// A receiver that takes everything and remembers when it got each event first.
final class FirstReceipts: Sendable {
    /// Ids of events, in the order of their first requests.
    let ids = Recorder<String>()
    private let seen = Mutex<Set<String>>([])

    func accept(_ request: RecordedRequest) -> ModelResponse {
        if let id = request.webhookID, seen.withLock({ $0.insert(id).inserted }) { ids.record(id) }
        return ModelServer.accept(request)
    }

    /// The tasks whose events did not come in this order, or not all of them: what came instead.
    func disorder(_ expected: [String: [String]]) -> [String: [String]] {
        var places: [String: Int] = [:]
        for (place, id) in ids.elements.enumerated() { places[id] = place }
        return expected.compactMapValues { events in
            let order = events.filter { places[$0] != nil }.sorted { places[$0, default: 0] < places[$1, default: 0] }
            return order == events ? nil : order
        }
    }
}

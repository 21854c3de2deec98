import MoltBotCore
import NIOHTTP1
import Synchronization
import TestSupport

/// What a webhook receiver has taken: each event once, and whatever came again.
final class WebhookReceipts: Sendable {
    private struct State {
        /// The body that came with each `webhook-id` first.
        var bodies: [String: [UInt8]] = [:]
        var taken: Set<String> = []
        var duplicates = 0
        /// Requests whose body was not the one that their id came with before.
        var contradictions = 0
    }

    /// The ids, as they were taken for the first time.
    let firsts = Recorder<String>()
    private let state = Mutex(State())

    var duplicates: Int { state.withLock(\.duplicates) }
    var contradictions: Int { state.withLock(\.contradictions) }

    /// Takes a request, or refuses it: every twentieth new event is refused once, so that some deliveries wait in the delay ladder.
    func answer(_ request: RecordedRequest) -> ModelResponse {
        let id = request.headers["webhook-id"].first ?? ""
        let (isTaken, isFirst) = state.withLock { state -> (Bool, Bool) in
            if let body = state.bodies[id] {
                if body != request.body { state.contradictions += 1 }
            } else {
                state.bodies[id] = request.body
                if state.bodies.count.isMultiple(of: 20) { return (false, false) }
            }
            let isFirst = state.taken.insert(id).inserted
            if !isFirst { state.duplicates += 1 }
            return (true, isFirst)
        }
        if isFirst { firsts.record(id) }
        return isTaken ? .json("{}").delayed(by: .milliseconds(10)) : .json("{}", status: 503)
    }
}

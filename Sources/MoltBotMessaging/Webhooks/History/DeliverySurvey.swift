package import MoltBotCore

/// Which of the events that an endpoint wants have reached it. Pure; sees the ledger in its order.
package struct DeliverySurvey: Sendable, Equatable {
    package enum Progress: Sendable, Equatable {
        /// No attempt is known: it waits in the queue, or was never routed.
        case untried
        /// Failed, and the next attempt is due by itself.
        case failing
        /// Given up.
        case exhausted
        case delivered
    }

    /// Events that one survey holds.
    package static let limit = 100_000

    private var progress: [String: Progress] = [:]
    /// Events beyond ``limit``, of which nothing more is known.
    package private(set) var omitted = 0

    package init() {}

    /// An event that the endpoint wants; it may come twice.
    package mutating func published(_ event: String) {
        guard progress[event] == nil else { return }
        guard progress.count < Self.limit else {
            omitted += 1
            return
        }
        progress[event] = .untried
    }

    /// What a relay told about a delivery to the endpoint. An event that was given up and delivered later, by hand, is delivered.
    package mutating func heard(_ news: WebhookEvent) {
        guard let event = news.eventID, let known = progress[event], known != .delivered else { return }
        switch news.kind {
        case .delivered: progress[event] = .delivered
        case .exhausted: progress[event] = .exhausted
        case .attemptFailed: progress[event] = .failing
        case .endpointDisabled: break
        }
    }

    package func count(_ wanted: Progress) -> Int { progress.values.count { $0 == wanted } }

    package func events(_ isWanted: (Progress) -> Bool) -> Set<String> { Set(progress.filter { isWanted($0.value) }.keys) }
}

package import MoltBotCore
package import MoltBotMessaging
internal import Synchronization

/// All webhook endpoints as the registry has them now.
package final class EndpointDirectory: Sendable {
    struct Entry: Sendable, Equatable {
        var endpoint: WebhookEndpoint
        var failingSince: Timestamp?
        /// How often the registry has said something: an endpoint that was disabled and enabled again since somebody looked is the same
        /// as before, and yet has to begin anew.
        var revision = 0
        /// How often this relay has found the queue gone and declared it again.
        var declarations = 0
    }

    private struct State {
        /// True once the registry has been read to its end: before that, an endpoint that is not here may exist.
        var isCaughtUp = false
        var entries: [String: Entry] = [:]
        /// Those whose secrets can't be opened here: routed to, and not delivered to.
        var locked: [String: WebhookRoute] = [:]
        var byWorkspace: [Workspace: [WebhookRoute]] = [:]
        var hasOrderedEndpoints = false
        /// Health of endpoints whose own entry has not come yet.
        var health: [String: Timestamp] = [:]
    }

    private let state = Mutex(State())
    private let signal = ChangeSignal()

    package init() {}

    /// Takes the changes over. The first call makes the directory usable, so it has all entries there are.
    package func apply(_ changes: [EndpointChange]) {
        state.withLock { state in
            for change in changes { Self.apply(change, to: &state) }
            let routes = state.entries.values.map { WebhookRoute(to: $0.endpoint) } + state.locked.values
            state.byWorkspace = Dictionary(grouping: routes, by: \.workspace)
            state.hasOrderedEndpoints = routes.contains { $0.ordering == .fifo }
            state.isCaughtUp = true
        }
        signal.changed()
    }

    private static func apply(_ change: EndpointChange, to state: inout State) {
        switch change {
        case .set(let endpoint):
            var entry = state.entries[endpoint.id] ?? Entry(endpoint: endpoint)
            entry.endpoint = endpoint
            entry.failingSince = state.health[endpoint.id]
            entry.revision += 1
            state.entries[endpoint.id] = entry
            state.locked[endpoint.id] = nil
        case .locked(let route):
            // Also when it was known: it would be sent what its receiver no longer takes, or to where it no longer is.
            state.entries[route.id] = nil
            state.locked[route.id] = route
        case .removed(let id):
            state.entries[id] = nil
            state.locked[id] = nil
        case .health(let id, let since):
            state.health[id] = since
            state.entries[id]?.failingSince = since
        }
    }

    /// The endpoints that get an event of this type, disabled and locked ones included: for those it waits in their queue.
    func receivers(of type: String, in workspace: Workspace) -> [WebhookRoute] {
        state.withLock { state in
            (state.byWorkspace[workspace] ?? []).filter { $0.eventTypes.contains { $0.matches(type) } }
        }
    }

    /// The endpoint's queue was gone and is there again. Its consumer has to start anew: RabbitMQ 3.10 does not tell the consumers of a
    /// quorum queue that it was deleted.
    func queueDeclared(_ id: String) {
        state.withLock { $0.entries[id]?.declarations += 1 }
        signal.changed()
    }

    package func endpoint(_ id: String) -> WebhookEndpoint? { state.withLock { $0.entries[id]?.endpoint } }

    /// Also of one that is locked.
    package func route(to id: String) -> WebhookRoute? {
        state.withLock { state in state.entries[id].map { WebhookRoute(to: $0.endpoint) } ?? state.locked[id] }
    }

    /// By id; without those that are locked.
    var entries: [String: Entry] { state.withLock(\.entries) }
    /// Whether any endpoint has FIFO ordering, disabled and locked ones included.
    var hasOrderedEndpoints: Bool { state.withLock(\.hasOrderedEndpoints) }
    package var version: Int { signal.version }

    /// Returns when there is something new after `version`, or when cancelled.
    package func wait(beyond version: Int) async { await signal.wait(beyond: version) }

    /// Returns when the registry has been read for the first time, or when cancelled.
    func waitUntilCaughtUp() async {
        while !Task.isCancelled {
            let version = signal.version
            if state.withLock(\.isCaughtUp) { return }
            await signal.wait(beyond: version)
        }
    }

    /// Returns when ``hasOrderedEndpoints`` is so, or when cancelled.
    func wait(untilItHasOrderedEndpoints wanted: Bool) async {
        while !Task.isCancelled {
            let version = signal.version
            if hasOrderedEndpoints == wanted { return }
            await signal.wait(beyond: version)
        }
    }
}

package import MoltBotCore
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
        var byWorkspace: [Workspace: [WebhookEndpoint]] = [:]
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
            let workspaces = Dictionary(grouping: state.entries.values.map(\.endpoint), by: \.workspace)
            state.byWorkspace = workspaces
            state.hasOrderedEndpoints = state.entries.values.contains { $0.endpoint.ordering == .fifo }
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
        case .removed(let id):
            state.entries[id] = nil
        case .health(let id, let since):
            state.health[id] = since
            state.entries[id]?.failingSince = since
        }
    }

    /// The endpoints that get an event of this type, disabled ones included: for those it waits in their queue.
    func receivers(of type: String, in workspace: Workspace) -> [WebhookEndpoint] {
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

    /// By id.
    var entries: [String: Entry] { state.withLock(\.entries) }
    /// Whether any endpoint has FIFO ordering, disabled ones included.
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

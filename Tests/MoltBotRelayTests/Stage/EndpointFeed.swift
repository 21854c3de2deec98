import MoltBotCore
import MoltBotRelay
import ServiceLifecycle
import Synchronization
import TestSupport

/// The registry's place in a test: tells all relays about endpoints, and hears what they have to say.
final class EndpointFeed: Sendable {
    struct Health: Sendable, Equatable {
        var id: String
        var failingSince: Timestamp?
    }

    private struct State {
        var endpoints: [String: WebhookEndpoint]
        var directories: [EndpointDirectory] = []
        /// What the relays have not been told yet; nil: they hear of each change at once.
        var heldBack: [EndpointChange]?
        var refusals = 0
    }

    struct Refusal: Error {}

    let disabled = Recorder<String>()
    let health = Recorder<Health>()
    private let state: Mutex<State>

    init(_ endpoints: [WebhookEndpoint]) {
        state = Mutex(State(endpoints: Dictionary(endpoints.map { ($0.id, $0) }) { first, _ in first }))
    }

    func set(_ endpoint: WebhookEndpoint) {
        let directories = state.withLock { state in
            state.endpoints[endpoint.id] = endpoint
            guard state.heldBack == nil else {
                state.heldBack?.append(.set(endpoint))
                return [EndpointDirectory]()
            }
            return state.directories
        }
        for directory in directories { directory.apply([.set(endpoint)]) }
    }

    func remove(_ id: String) {
        let directories = state.withLock { state in
            state.endpoints[id] = nil
            return state.directories
        }
        for directory in directories { directory.apply([.removed(id: id)]) }
    }

    /// From now on the relays hear of nothing, as those that read the registry late.
    func holdBack() {
        state.withLock { $0.heldBack = [] }
    }

    /// The next calls to disable an endpoint fail, as those on a registry that gives no answer.
    func refuseToDisable(times: Int) {
        state.withLock { $0.refusals = times }
    }

    /// Tells them all at once.
    func release() {
        let (directories, changes) = state.withLock { state in
            defer { state.heldBack = nil }
            return (state.directories, state.heldBack ?? [])
        }
        for directory in directories { directory.apply(changes) }
    }

    func change(_ id: String, _ change: (inout WebhookEndpoint) -> Void) {
        guard var endpoint = state.withLock({ $0.endpoints[id] }) else { return }
        change(&endpoint)
        set(endpoint)
    }

    func follow(_ directory: EndpointDirectory) async {
        let endpoints = state.withLock { state in
            state.directories.append(directory)
            return state.endpoints.values.map { EndpointChange.set($0) }
        }
        directory.apply(endpoints)
        try? await gracefulShutdown()
    }

    var registrar: EndpointRegistrar {
        EndpointRegistrar { endpoint, reason in
            let isRefused = self.state.withLock { state in
                guard state.refusals > 0 else { return false }
                state.refusals -= 1
                return true
            }
            if isRefused { throw Refusal() }
            self.disabled.record(reason)
            self.change(endpoint.id) { $0.disabledReason = reason }
        } recordHealth: { endpoint, since in
            self.health.record(Health(id: endpoint.id, failingSince: since))
        }
    }
}

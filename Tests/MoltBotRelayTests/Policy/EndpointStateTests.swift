import MoltBotCore
import MoltBotRelay
import Testing

@Suite struct EndpointStateTests {
    private let start = ContinuousClock.now
    private let time = Timestamp(secondsSinceEpoch: 1_800_000_000)
    private var generator = SystemRandomNumberGenerator()

    private func machine(_ configure: (inout RelayConfiguration) -> Void = { _ in }) -> EndpointState {
        var configuration = RelayConfiguration()
        configuration.breaker = CircuitBreakerConfiguration(minimumAttempts: 3, firstOpenTime: .seconds(30), jitter: 0)
        configure(&configuration)
        return EndpointState(Self.endpoint, configuration: configuration)
    }

    private static var endpoint: WebhookEndpoint {
        WebhookEndpoint(
            id: "e", workspace: .default, url: "https://example.org", eventTypes: [.everything], secrets: [],
            createdAt: Timestamp(secondsSinceEpoch: 0))
    }

    @Test mutating func failuresOpenTheBreakerAndOneProbeClosesIt() {
        var machine = machine()
        #expect(machine.consumption(at: start) == .all(limit: 8))
        for _ in 0..<3 {
            #expect(machine.deliveryReceived(at: start) == .attempt)
            #expect(machine.deliveryFailed(.attempt, retryAfter: nil, at: start, time: time, using: &generator) == .nothing)
        }
        #expect(machine.phase(at: start) == .open)
        #expect(machine.consumption(at: start) == .none(until: start + .seconds(30)))
        #expect(machine.deliveryReceived(at: start) == .refused)

        let later = start + .seconds(30)
        #expect(machine.consumption(at: later) == .probe)
        #expect(machine.deliveryReceived(at: later) == .probe)
        #expect(machine.deliveryReceived(at: later) == .refused)
        #expect(machine.consumption(at: later) == .probe)
        #expect(machine.deliveryFailed(.probe, retryAfter: nil, at: later, time: time, using: &generator) == .nothing)
        #expect(machine.consumption(at: later) == .none(until: later + .seconds(60)))

        let muchLater = later + .seconds(60)
        #expect(machine.deliveryReceived(at: muchLater) == .probe)
        machine.deliveryAbandoned(.probe)
        #expect(machine.deliveryReceived(at: muchLater) == .probe)
        #expect(machine.deliverySucceeded(.probe, at: muchLater) == .nothing)
        #expect(machine.consumption(at: muchLater) == .all(limit: 8))
    }

    @Test mutating func retryAfterPausesTheWholeEndpoint() {
        var machine = machine()
        #expect(
            machine.deliveryFailed(.attempt, retryAfter: .seconds(20), at: start, time: time, using: &generator) == .nothing)
        #expect(machine.phase(at: start) == .paused)
        #expect(machine.deliveryReceived(at: start) == .refused)
        // A shorter wish that comes later does not cut the longer one.
        _ = machine.deliveryFailed(.attempt, retryAfter: .seconds(5), at: start, time: time, using: &generator)
        #expect(machine.consumption(at: start + .seconds(19)) == .none(until: start + .seconds(20)))
        #expect(machine.consumption(at: start + .seconds(20)) == .all(limit: 8))
    }

    @Test mutating func refusalDisablesOnceUntilSomebodyEnablesAgain() {
        var machine = machine()
        #expect(machine.receiverRefused(.attempt, reason: "gone") == .disable(reason: "gone"))
        #expect(machine.receiverRefused(.attempt, reason: "gone") == .nothing)
        #expect(machine.phase(at: start) == .disabled)
        #expect(machine.consumption(at: start) == .none(until: nil))
        var endpoint = Self.endpoint
        endpoint.disabledReason = "gone"
        machine.configured(endpoint, maximumInFlight: 200)
        #expect(machine.phase(at: start) == .disabled)
        machine.configured(Self.endpoint, maximumInFlight: 200)
        #expect(machine.consumption(at: start) == .all(limit: 8))
    }

    @Test mutating func fiveDaysOfFailureDisable() {
        var machine = machine { $0.breaker.failureRatio = nil }
        func fail(after duration: Duration) -> EndpointState.Action {
            machine.deliveryFailed(.attempt, retryAfter: nil, at: start + duration, time: time + duration, using: &generator)
        }
        #expect(fail(after: .zero) == .nothing)
        #expect(fail(after: .seconds(3599)) == .nothing)
        #expect(fail(after: .seconds(3600)) == .recordFailing(since: time))
        #expect(fail(after: .seconds(7200)) == .nothing)
        #expect(fail(after: .seconds(5 * 86_400 - 1)) == .nothing)
        guard case .disable(let reason) = fail(after: .seconds(5 * 86_400)) else {
            Issue.record("not disabled")
            return
        }
        #expect(reason.contains(time.rfc3339))
    }

    @Test mutating func successForgetsTheFailureAndSaysSoIfItWasRecorded() {
        var machine = machine { $0.breaker.failureRatio = nil }
        _ = machine.deliveryFailed(.attempt, retryAfter: nil, at: start, time: time, using: &generator)
        #expect(machine.deliverySucceeded(.attempt, at: start) == .nothing)
        machine.healthRecorded(failingSince: time)
        #expect(machine.deliverySucceeded(.attempt, at: start) == .recordRecovery)
        #expect(machine.deliverySucceeded(.attempt, at: start) == .nothing)
    }

    @Test mutating func whatCouldNotBeRecordedIsAskedForAgain() {
        var machine = machine { $0.breaker.failureRatio = nil }
        let gone = EndpointState.Action.disable(reason: "gone")
        #expect(machine.receiverRefused(.attempt, reason: "gone") == gone)
        machine.notRecorded(gone, of: Self.endpoint)
        #expect(machine.consumption(at: start) == .all(limit: 8))
        #expect(machine.receiverRefused(.attempt, reason: "gone") == gone)
        // Somebody else has disabled it meanwhile.
        var disabled = Self.endpoint
        disabled.disabledReason = "by hand"
        machine.configured(disabled, maximumInFlight: 200)
        machine.notRecorded(gone, of: disabled)
        #expect(machine.phase(at: start) == .disabled)
    }

    @Test mutating func aFailureThatCouldNotBeRecordedGoesOnCounting() {
        var machine = machine { $0.breaker.failureRatio = nil }
        func fail(after duration: Duration) -> EndpointState.Action {
            machine.deliveryFailed(.attempt, retryAfter: nil, at: start + duration, time: time + duration, using: &generator)
        }
        #expect(fail(after: .zero) == .nothing)
        #expect(fail(after: .seconds(3600)) == .recordFailing(since: time))
        machine.notRecorded(.recordFailing(since: time), of: Self.endpoint)
        #expect(fail(after: .seconds(3601)) == .recordFailing(since: time))
        let disable = fail(after: .seconds(5 * 86_400))
        machine.notRecorded(disable, of: Self.endpoint)
        #expect(fail(after: .seconds(5 * 86_400 + 1)) == disable)
        #expect(disable != .nothing)
        #expect(machine.deliverySucceeded(.attempt, at: start) == .recordRecovery)
        machine.notRecorded(.recordRecovery, of: Self.endpoint)
        #expect(machine.deliverySucceeded(.attempt, at: start) == .recordRecovery)
    }

    @Test mutating func aNewRelayGoesOnCountingWhereAnotherBegan() {
        var machine = machine()
        machine.healthRecorded(failingSince: time)
        let end = time + .seconds(5 * 86_400)
        guard case .disable = machine.deliveryFailed(.attempt, retryAfter: nil, at: start, time: end, using: &generator) else {
            Issue.record("not disabled")
            return
        }
    }
}

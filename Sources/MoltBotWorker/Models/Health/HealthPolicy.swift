package import MoltBotCore

/// When deployments and keys count as broken, and for how long.
package struct HealthPolicy: Sendable, Equatable {
    /// Of a whole deployment: five failures in a row, or half of the calls of half a minute; out for 5 s at first, 5 min at most.
    package var deployment = CircuitBreakerConfiguration(
        window: .seconds(30), minimumAttempts: 10, failureRatio: 0.5, consecutiveFailures: 5, firstOpenTime: .seconds(5),
        longestOpenTime: .seconds(300))
    /// Of a key that was refused or has nothing left: at once, since the next call would be refused as well; out for a minute at first, a
    /// quarter of an hour at most, so that a key that was paid for is taken back without anybody's help.
    package var key = CircuitBreakerConfiguration(
        window: .seconds(60), minimumAttempts: 1, failureRatio: nil, consecutiveFailures: 1, firstOpenTime: .seconds(60), multiplier: 3,
        longestOpenTime: .seconds(900))
    /// A timeout is the deployment's fault when the call was given at least this long; a task may ask for less than any model can do.
    package var patience = Duration.seconds(10)

    package init() {}
}

/// What a selection knows of one deployment.
package struct SelectionCandidate: Sendable {
    package typealias Instant = ContinuousClock.Instant

    /// Its share; 0 keeps it in reserve.
    package var weight: Double
    package var isInOwnZone: Bool
    /// Not to be called before: its breaker is open, or its provider asked for a pause.
    package var blockedUntil: Instant? {
        get { blocked?.instant }
        set { blocked = newValue.map { FlatInstant($0) } }
    }
    private(set) var blocked: FlatInstant?
    package var callsInFlight = 0
    package var latency = LatencyEstimate()
    /// The part of the latest calls that failed, 0 to 1.
    package private(set) var failureShare = 0.0
    package var price: TokenPrice?

    /// How much one call changes ``failureShare``.
    private static let step = 0.1

    package init(weight: Double = 1, isInOwnZone: Bool = true, price: TokenPrice? = nil) {
        self.weight = weight
        self.isInOwnZone = isInOwnZone
        self.price = price
    }

    package mutating func callEnded(isFailure: Bool) {
        failureShare += ((isFailure ? 1 : 0) - failureShare) * Self.step
    }

    package func isAvailable(at now: Instant) -> Bool { isAvailable(at: FlatInstant(now)) }

    func isAvailable(at now: FlatInstant) -> Bool {
        guard let blocked else { return true }
        return blocked <= now
    }
}

/// US dollars a token, as far as a comparison of deployments needs them.
package struct TokenPrice: Sendable, Equatable {
    package var input: Double
    package var output: Double
    /// The higher prices of long inputs, and from how many tokens on.
    package var long: (threshold: Int, input: Double, output: Double)?

    package init(input: Double, output: Double, long: (threshold: Int, input: Double, output: Double)? = nil) {
        self.input = input
        self.output = output
        self.long = long
    }

    package static func == (left: TokenPrice, right: TokenPrice) -> Bool {
        left.input == right.input && left.output == right.output && left.long?.threshold == right.long?.threshold
            && left.long?.input == right.long?.input && left.long?.output == right.long?.output
    }

    package func cost(of call: ExpectedTokens) -> Double {
        if let long, call.input > long.threshold { return Double(call.input) * long.input + Double(call.output) * long.output }
        return Double(call.input) * input + Double(call.output) * output
    }
}

/// The tokens that a call will probably have.
package struct ExpectedTokens: Sendable, Equatable {
    package var input: Int
    package var output: Int

    package init(input: Int, output: Int) {
        self.input = input
        self.output = output
    }

    package var total: Int { input + output }
}

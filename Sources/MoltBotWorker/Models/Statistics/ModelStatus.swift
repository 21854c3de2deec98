internal import MoltBotCore

/// How one deployment is at the moment, for people and scripts.
package struct ModelStatus: Sendable {
    package enum Health: Sendable, Equatable {
        case well
        /// It gets no calls before that time has passed.
        case out(Duration, reason: String?)
        /// The next call finds out.
        case toBeProbed
    }

    package let model: String
    package let deployment: String
    package let provider: String
    package let health: Health
    package let callsInFlight: Int
    package let statistics: DeploymentStatistics
}

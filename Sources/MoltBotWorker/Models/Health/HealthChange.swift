internal import MoltBotCore

/// Something that others should know of a deployment, or of one of its keys: what is told to the other workers and to operators.
struct HealthChange: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        /// No more calls for a while, for a fault.
        case opened(Duration)
        /// The provider asked for a pause: nobody's fault.
        case paused(Duration)
        case closed
    }

    let deployment: String
    let model: String
    /// The key's name, when it is only about one of several.
    let key: String?
    let kind: Kind
    /// Why.
    let error: ModelError?
}

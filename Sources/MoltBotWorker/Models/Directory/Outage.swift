internal import MoltBotCore

/// Why a call begins at none of a model's deployments.
struct Outage: Sendable {
    /// None is available before that moment; nil when it is not known, or when none is left to try.
    var until: ContinuousClock.Instant?
    /// Why the first one is not.
    var reason: ModelError?
    /// To be asked again after that time, and no attempt until then: a probe is on its way, or this worker knows of no fault.
    var pause: Duration?
    /// Of the first deployment that is out.
    var fallbacks = Fallbacks()

    /// The pause of a task that has to be over by then: half of what is left, so that it sees a probe's end that comes earlier.
    func pause(before deadline: Timestamp?) -> Duration? {
        guard let pause, let deadline else { return pause }
        return min(pause, max((deadline - .now()) / 2, .milliseconds(10)))
    }

    /// What a task's attempt fails with that has nowhere else to go.
    func error(of model: String) -> ModelError {
        let why = reason.map { ": \($0.message)" } ?? ""
        return ModelError(
            reason.flatMap { $0.isRetryable ? nil : $0.kind } ?? .overloaded, status: reason?.status,
            message: "no deployment of model \"\(model)\" is in service now\(why)", retryAfter: until.map { max($0 - .now, .zero) })
    }
}

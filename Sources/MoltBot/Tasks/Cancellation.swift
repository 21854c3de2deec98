extension MoltBot {
    /// What the workers said to a request to cancel a task.
    public enum Cancellation: Sendable, Hashable {
        /// A worker runs it and is ending it.
        case cancelling
        /// Not running; it ends as cancelled, without a call of a model, when a worker gets it. A task that has ended stays as it is.
        case marked
        /// It has ended, and stays as it is. A task that was put back with `moltbot dead retry` has ended before, and runs.
        case ended
        /// No worker answered. The broker keeps the order: the task ends as cancelled when a worker gets it.
        case unanswered
    }
}

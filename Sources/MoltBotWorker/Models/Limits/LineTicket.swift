/// A task's place in the line before a deployment, or a workspace's budget, that takes no more calls at once.
final class LineTicket: Hashable, Sendable {
    private enum Line {
        /// Before the deployment with that place in the pool.
        case pool(ModelPool, place: Int)
        case budget(WorkspaceBudget)
    }

    private let line: Line
    /// A call ended, and its place is kept for this ticket.
    let granted = OneShot()

    init(place: Int, in pool: ModelPool) {
        line = .pool(pool, place: place)
    }

    init(budget: WorkspaceBudget) {
        line = .budget(budget)
    }

    /// The deployment's place when it is one of that pool's.
    func place(in pool: ModelPool) -> Int? {
        if case .pool(let own, let place) = line, own === pool { place } else { nil }
    }

    func isOf(_ budget: WorkspaceBudget) -> Bool {
        if case .budget(let own) = line { own === budget } else { false }
    }

    /// Gives up waiting, and the place that may be kept for it.
    /// - Returns: when to look again.
    func leave() -> Duration {
        switch line {
        case .pool(let pool, let place): pool.leave(self, place: place)
        case .budget(let budget): budget.leave(self)
        }
    }

    static func == (left: LineTicket, right: LineTicket) -> Bool { left === right }

    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

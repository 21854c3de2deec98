/// A task's place in the line before a deployment, or a workspace's budget, that takes no more calls at once.
final class LineTicket: Hashable, Sendable {
    /// The deployment's place in its pool; nil in the line of a budget.
    let place: Int?
    let budget: WorkspaceBudget?
    /// A call ended, and its place is kept for this ticket.
    let granted = OneShot()

    init(place: Int) {
        self.place = place
        budget = nil
    }

    init(budget: WorkspaceBudget) {
        self.budget = budget
        place = nil
    }

    static func == (left: LineTicket, right: LineTicket) -> Bool { left === right }

    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

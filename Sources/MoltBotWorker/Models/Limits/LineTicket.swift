/// A task's place in the line before a deployment that takes no more calls at once.
final class LineTicket: Hashable, Sendable {
    /// The deployment's place in its pool.
    let place: Int
    /// A call ended, and its place is kept for this ticket.
    let granted = OneShot()

    init(place: Int) {
        self.place = place
    }

    static func == (left: LineTicket, right: LineTicket) -> Bool { left === right }

    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

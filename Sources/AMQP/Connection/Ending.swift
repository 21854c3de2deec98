internal import Synchronization

/// Says from any thread whether a channel or a connection has ended. It may end right after the answer: then the next call on it
/// throws.
final class Ending: Sendable {
    private let isOver = Atomic(false)

    func happened() { isOver.store(true, ordering: .relaxed) }
    var hasHappened: Bool { isOver.load(ordering: .relaxed) }
}

extension Ending: Hashable {
    static func == (left: Ending, right: Ending) -> Bool { left === right }
    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

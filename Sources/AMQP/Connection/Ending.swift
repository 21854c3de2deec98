internal import Synchronization

/// Says from any thread whether a channel has ended, or a connection has begun to. It may happen right after the answer: then the
/// next call on it throws.
final class Ending: Sendable {
    private let isOver = Atomic(false)

    func happened() { isOver.store(true, ordering: .relaxed) }
    var hasHappened: Bool { isOver.load(ordering: .relaxed) }
}

extension Ending: Hashable {
    static func == (left: Ending, right: Ending) -> Bool { left === right }
    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

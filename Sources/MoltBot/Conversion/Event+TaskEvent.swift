internal import FoundationEssentials
internal import MoltBotCore

extension MoltBot.Event {
    /// Nil for pieces of an answer, and for types of a later version.
    init?(_ event: TaskEvent) {
        guard let outcome = event.outcome, let type = MoltBot.EventType(rawValue: event.type.rawValue) else { return nil }
        self.init(id: event.id, type: type, time: Date(event.time), outcome: MoltBot.Outcome(outcome))
    }
}

import ArgumentParser
import MoltBotConfig
import MoltBotCore

/// A moment as it is given to a command: so long ago (`90m`, `7d`), or a time (`2026-11-30T12:00:00Z`).
enum PointInTime: Sendable, Equatable {
    case ago(Duration)
    case at(Timestamp)

    static func parse(_ text: String) throws -> PointInTime {
        if let time = Timestamp(rfc3339: text) { return .at(time) }
        guard let duration = ValueSyntax.duration(text) else {
            throw ValidationError("'\(text)' is no time; write how long ago, such as 90m or 7d, or a time such as 2026-11-30T12:00:00Z")
        }
        return .ago(duration)
    }

    func timestamp(now: Timestamp) -> Timestamp {
        switch self {
        case .ago(let duration): now + (.zero - duration)
        case .at(let time): time
        }
    }
}

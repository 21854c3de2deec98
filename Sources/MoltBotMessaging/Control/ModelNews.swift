internal import AMQP
internal import MoltBotCore
internal import NIOCore

/// What workers tell each other of the models they call, so that each need not find out by failures of its own.
package enum ModelNews: Sendable, Equatable {
    /// A deployment, or one of its keys, is out for that long: it is broken.
    case opened(deployment: String, key: String?, time: Duration, reason: String)
    /// The provider wants no calls with that key for that long.
    case paused(deployment: String, key: String?, time: Duration)
    /// A probe came through.
    case closed(deployment: String, key: String?)

    /// A clock that is wrong elsewhere, or a later version, must not close a deployment for ever.
    package static let longestTime = Duration.seconds(86_400)

    var document: JSONValue {
        switch self {
        case .opened(let deployment, let key, let time, let reason):
            [
                "change": "opened", "deployment": .string(deployment), "key": Self.json(key), "time_ms": .integer(time.wholeMilliseconds),
                "reason": .string(reason),
            ]
        case .paused(let deployment, let key, let time):
            ["change": "paused", "deployment": .string(deployment), "key": Self.json(key), "time_ms": .integer(time.wholeMilliseconds)]
        case .closed(let deployment, let key):
            ["change": "closed", "deployment": .string(deployment), "key": Self.json(key)]
        }
    }

    init?(_ document: JSONValue) {
        guard let deployment = document["deployment"]?.stringValue else { return nil }
        let key = document["key"]?.stringValue
        let time = Duration.milliseconds(max(0, document["time_ms"]?.integerValue ?? 0))
        switch document["change"]?.stringValue {
        case "opened":
            self = .opened(
                deployment: deployment, key: key, time: min(time, Self.longestTime), reason: document["reason"]?.stringValue ?? "")
        case "paused": self = .paused(deployment: deployment, key: key, time: min(time, Self.longestTime))
        case "closed": self = .closed(deployment: deployment, key: key)
        default: return nil
        }
    }

    private static func json(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
}

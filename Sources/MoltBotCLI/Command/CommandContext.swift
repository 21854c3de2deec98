import Logging
import MoltBotConfig

/// What a command works with.
struct CommandContext: Sendable {
    let settings: Settings
    let console: Console
    let logger: Logger

    /// Tells about the progress of a service: a line for people, or one more line of a JSON log.
    func announce(_ line: String) {
        switch settings.log.format {
        case .text: console.note(line)
        case .json: logger.notice("\(line)")
        }
    }
}

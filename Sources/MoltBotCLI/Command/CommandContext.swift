import Logging
import MoltBotConfig

/// What a command works with.
struct CommandContext: Sendable {
    let settings: Settings
    let console: Console
    let logger: Logger
}

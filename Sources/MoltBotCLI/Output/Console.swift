import Foundation
import Glibc

/// The terminal, pipe or file that the user reads: results on standard output, everything else on standard error.
struct Console: Sendable {
    /// Whoever read the output has closed it.
    struct Closed: Error {}

    /// Colour only where a person sees it: not in pipes, and not against <https://no-color.org>.
    let isOutputColored: Bool
    let isErrorColored: Bool

    init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        let isWelcome = environment["NO_COLOR", default: ""].isEmpty && environment["TERM", default: "dumb"] != "dumb"
        isOutputColored = isWelcome && isatty(STDOUT_FILENO) == 1
        isErrorColored = isWelcome && isatty(STDERR_FILENO) == 1
    }

    /// Prints a line of the result.
    func print(_ line: String) throws(Closed) {
        guard Self.write(line + "\n", to: STDOUT_FILENO) else { throw Closed() }
    }

    /// Prints a whole text that ends with its own line break.
    func print(document: String) throws(Closed) {
        guard Self.write(document, to: STDOUT_FILENO) else { throw Closed() }
    }

    /// Tells the user something that is not the result.
    func note(_ line: String) {
        _ = Self.write(line + "\n", to: STDERR_FILENO)
    }

    func report(_ failure: CommandFailure) {
        note("\(Style.red.applied(to: "error:", isErrorColored)) \(failure.message)")
        if let remedy = failure.remedy { note(remedy) }
    }

    /// False when nobody reads any more.
    private static func write(_ text: String, to descriptor: Int32) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var written = 0
            while written < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                written += count
            }
            return true
        }
    }
}

/// How a word stands out on a terminal.
enum Style: Int, Sendable {
    case dim = 2
    case red = 31
    case green = 32
    case yellow = 33

    /// The text with the terminal's escape codes around it, or as it is.
    func applied(to text: String, _ isColored: Bool) -> String {
        isColored ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
    }
}

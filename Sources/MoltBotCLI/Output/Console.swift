import Foundation
import Glibc

/// The terminal, pipe or file that the user reads: results on standard output, everything else on standard error.
struct Console: Sendable {
    /// Standard output takes nothing more.
    struct Closed: Error {
        /// Of the operating system.
        let number: Int32

        /// Whoever read the output has seen enough, as `head` has.
        var isByReader: Bool { number == EPIPE }

        var reason: String { String(cString: strerror(number)) }
    }

    /// Colour only where a person sees it: not in pipes, and not against <https://no-color.org>.
    let isOutputColored: Bool
    let isErrorColored: Bool

    init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        let isWelcome = environment["NO_COLOR", default: ""].isEmpty && environment["TERM", default: "dumb"] != "dumb"
        isOutputColored = isWelcome && isatty(STDOUT_FILENO) == 1
        isErrorColored = isWelcome && isatty(STDERR_FILENO) == 1
    }

    /// Prints a line of the result.
    func print(_ line: String) throws(Closed) { try Self.write(line + "\n", to: STDOUT_FILENO) }

    /// Prints a whole text that ends with its own line break.
    func print(document: String) throws(Closed) { try Self.write(document, to: STDOUT_FILENO) }

    /// Tells the user something that is not the result.
    func note(_ line: String) {
        try? Self.write(line + "\n", to: STDERR_FILENO)
    }

    func report(_ failure: CommandFailure) {
        note("\(Style.red.applied(to: "error:", isErrorColored)) \(failure.message)")
        if let remedy = failure.remedy { note(remedy) }
    }

    private static func write(_ text: String, to descriptor: Int32) throws(Closed) {
        var text = text
        let number: Int32 = text.withUTF8 { bytes in
            var written = 0
            while written < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
                if count >= 0 {
                    written += count
                } else if errno == EAGAIN {
                    // Somebody else has made the terminal or pipe non-blocking; its reader sets the pace all the same.
                    var space = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&space, 1, -1)
                } else if errno != EINTR {
                    return errno
                }
            }
            return 0
        }
        guard number == 0 else { throw Closed(number: number) }
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

import Glibc

/// How far a long command is, on standard error, where a person watches: one line that is drawn over and over.
struct ProgressBar: Sendable {
    private static let width = 30
    /// More often costs time and shows nothing more.
    private static let interval = Duration.milliseconds(100)

    private let console: Console
    private let what: String
    private let total: Int
    private let isShown: Bool
    private var done = 0
    private var lastDrawn: ContinuousClock.Instant?

    /// - Parameter what: what is counted, such as `tasks sent`.
    init(_ console: Console, _ what: String, of total: Int) {
        self.console = console
        self.what = what
        self.total = total
        isShown = total > 1 && isatty(STDERR_FILENO) == 1
    }

    mutating func advance() { show(done + 1) }

    mutating func show(_ count: Int) {
        done = count
        guard isShown, lastDrawn.map({ $0.duration(to: .now) >= Self.interval }) ?? true else { return }
        lastDrawn = .now
        let filled = total == 0 ? 0 : Self.width * min(done, total) / total
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Self.width - filled)
        console.draw("\r[\(bar)] \(done)/\(total) \(what)")
    }

    /// Takes the bar away: something else is about to be printed, or there is no more to come.
    mutating func clear() {
        guard isShown, lastDrawn != nil else { return }
        lastDrawn = nil
        console.draw("\r\u{1B}[K")
    }
}

extension Console {
    /// Writes to the user's terminal without ending the line.
    fileprivate func draw(_ text: String) {
        var text = text
        text.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}

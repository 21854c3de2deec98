import ArgumentParser

/// What a script can tell from a command's exit status; 64 and above are those of sysexits.h.
enum ExitStatus: Int32, Sendable {
    /// The command worked, and its outcome is bad: a task failed, for example.
    case failed = 1
    /// `topology plan` found something to apply, as with `diff`.
    case differences = 2
    /// EX_USAGE; ArgumentParser uses it by itself.
    case usage = 64
    /// EX_UNAVAILABLE: no broker answers.
    case unavailable = 69
    /// EX_SOFTWARE: a fault of this program.
    case fault = 70
    /// EX_IOERR: standard output takes nothing more, for another reason than a reader that has seen enough.
    case outputFailed = 74
    /// EX_TEMPFAIL: the broker takes nothing right now; nothing has to be changed.
    case tryLater = 75
    /// EX_NOPERM: wrong password, or a permission is missing.
    case refused = 77
    /// EX_CONFIG: a setting or the topology is wrong.
    case configuration = 78

    var code: ExitCode { ExitCode(rawValue) }
}

import CCurl
import Glibc
import Synchronization

/// What any thread asks of the loop thread.
enum Command: Sendable {
    case start(Transfer)
    case cancel(Transfer)
    case resumeReceiving(Transfer)
}

/// Commands on their way to the loop thread, and the `eventfd` that wakes it.
///
/// The wake-up is written only when the loop has said it is about to wait, so a busy client pays for it rarely.
final class CommandMailbox: Sendable {
    private struct State {
        var commands: [Command] = []
        var isLoopAsleep = false
        /// Set once nothing more is taken: why.
        var closure: HTTPError?
    }

    private let state = Mutex(State())
    /// -1 when the system gave none; the mailbox is then closed.
    let wakeUpDescriptor: Int32

    init() {
        wakeUpDescriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        if wakeUpDescriptor < 0 { close(HTTPError(.internalFailure, "No file descriptor is left for the HTTP client")) }
    }

    deinit {
        if wakeUpDescriptor >= 0 { Glibc.close(wakeUpDescriptor) }
    }

    /// Hands a command over. Returns why it was not taken.
    func post(_ command: Command) -> HTTPError? {
        let (refusal, wakesLoop) = state.withLock { state in
            if let closure = state.closure { return (closure as HTTPError?, false) }
            state.commands.append(command)
            defer { state.isLoopAsleep = false }
            return (nil, state.isLoopAsleep)
        }
        if wakesLoop { wakeUp() }
        return refusal
    }

    /// Takes no more commands, and tells the loop to end. The first reason stays.
    func close(_ reason: HTTPError) {
        let wakesLoop = state.withLock { state in
            if state.closure == nil { state.closure = reason }
            defer { state.isLoopAsleep = false }
            return state.isLoopAsleep
        }
        if wakesLoop { wakeUp() }
    }

    // MARK: The loop thread

    /// Exchanges the commands for the given empty array, whose storage is used again. Returns why the loop is to end, if it is.
    func exchange(_ commands: inout [Command]) -> HTTPError? {
        state.withLock { state in
            swap(&state.commands, &commands)
            state.isLoopAsleep = false
            return state.closure
        }
    }

    /// Whether there is nothing to do; if so, the next command writes a wake-up.
    func fallAsleep() -> Bool {
        state.withLock { state in
            state.isLoopAsleep = state.commands.isEmpty && state.closure == nil
            return state.isLoopAsleep
        }
    }

    /// Takes no more commands and fails those that wait, for a loop that could not be made.
    func refuseAll(_ reason: HTTPError) {
        close(reason)
        var commands: [Command] = []
        let closure = exchange(&commands)
        for case .start(let transfer) in commands { transfer.complete(closure ?? reason) }
    }

    private func wakeUp() {
        var one: UInt64 = 1
        // Never read back: the loop watches for the edge, and the counter does not fill up in any lifetime.
        _ = write(wakeUpDescriptor, &one, MemoryLayout<UInt64>.size)
    }
}

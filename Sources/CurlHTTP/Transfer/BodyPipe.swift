import NIOCore
import Synchronization

/// Carries one streamed response from the loop thread, which must never wait, to the task reading it.
final class BodyPipe: Sendable {
    /// Bytes that may wait for the reader before the transfer is paused. libcurl delivers at most 16 KiB at a time on top.
    private static let capacity = 256 * 1024

    private struct State {
        var head: HTTPResponseHead?
        var waiting = ByteBuffer()
        var end: Result<Void, HTTPError>?
        var isPaused = false
        /// Woken at any change, to look again. More than one only if the one-reader rule is broken.
        var readers: [CheckedContinuation<Void, Never>] = []

        var hasHead: Bool { head != nil || end != nil }
        var hasPiece: Bool { waiting.readableBytes > 0 || end != nil }

        mutating func takeReaders() -> [CheckedContinuation<Void, Never>] {
            defer { readers = [] }
            return readers
        }
    }

    private let state = Mutex(State())

    // MARK: The loop thread

    func deliver(_ head: HTTPResponseHead) {
        state.withLock { state in
            state.head = head
            return state.takeReaders()
        }.forEach { $0.resume() }
    }

    /// Whether there was room; if not, the reader asks for the transfer to go on once it has emptied the pipe.
    func deliver(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let (isAccepted, readers): (Bool, [CheckedContinuation<Void, Never>]) = state.withLock { state in
            guard state.waiting.readableBytes + bytes.count <= Self.capacity else {
                state.isPaused = true
                return (false, [])
            }
            state.waiting.writeBytes(bytes)
            return (true, state.takeReaders())
        }
        readers.forEach { $0.resume() }
        return isAccepted
    }

    /// What was delivered before stays readable.
    func finish(_ end: Result<Void, HTTPError>) {
        state.withLock { state in
            state.end = end
            return state.takeReaders()
        }.forEach { $0.resume() }
    }

    // MARK: The reading task

    func head(_ control: TransferControl) async throws(HTTPError) -> HTTPResponseHead {
        while true {
            let head: HTTPResponseHead? = try state.withLock { state throws(HTTPError) in
                if let head = state.head {
                    state.head = nil
                    return head
                }
                guard let end = state.end else { return nil }
                try end.get()
                // libcurl takes a connection that ends within the head for the end of an answer.
                throw HTTPError(.protocolViolation, "A response without a head")
            }
            if let head { return head }
            await change(control) { $0.hasHead }
        }
    }

    func next(_ control: TransferControl) async throws(HTTPError) -> ByteBuffer? {
        while true {
            let (piece, wasPaused, isAtEnd) = try state.withLock { state throws(HTTPError) in
                if state.waiting.readableBytes > 0 {
                    let piece = state.waiting
                    state.waiting = ByteBuffer()
                    defer { state.isPaused = false }
                    return (piece as ByteBuffer?, state.isPaused, false)
                }
                try state.end?.get()
                return (nil, false, state.end != nil)
            }
            if wasPaused { control.resumeReceiving() }
            if let piece { return piece }
            if isAtEnd { return nil }
            await change(control) { $0.hasPiece }
        }
    }

    /// Waits for any change, unless what is waited for is there. A cancelled wait ends the transfer, and its end ends the wait.
    private func change(_ control: TransferControl, unless isThere: @Sendable (borrowing State) -> Bool) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    guard !isThere(state) else { return true }
                    state.readers.append(continuation)
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            control.cancel()
        }
    }
}

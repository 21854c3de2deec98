public import NIOCore

/// The body of one streamed response, in the pieces it arrives in. One reader, one pass.
///
/// At most 256 KiB wait here for the reader; beyond that the transfer is paused, and TCP (or the HTTP/2 window) slows the sender.
/// Valid inside the scope of ``HTTPClient/stream(_:_:)`` only: afterwards reading throws ``HTTPError/Code/cancelled``
/// unless the response had already ended.
public struct HTTPBodyStream: AsyncSequence {
    public typealias Element = ByteBuffer
    public typealias Failure = HTTPError

    private let pipe: BodyPipe
    private let control: TransferControl

    init(pipe: BodyPipe, control: TransferControl) {
        self.pipe = pipe
        self.control = control
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(pipe: pipe, control: control)
    }

    /// What is left of the body, in one piece, bounded by the request's `maximumResponseBytes`.
    public func collect() async throws(HTTPError) -> ByteBuffer {
        var whole = ByteBuffer()
        while var piece = try await pipe.next(control) {
            whole.writeBuffer(&piece)
        }
        return whole
    }

    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let pipe: BodyPipe
        fileprivate let control: TransferControl

        /// The next piece, never empty, or nil after the last. Cancelling the waiting task ends the transfer.
        public func next(isolation actor: isolated (any Actor)?) async throws(HTTPError) -> ByteBuffer? {
            try await pipe.next(control)
        }

        public func next() async throws(HTTPError) -> ByteBuffer? {
            try await pipe.next(control)
        }
    }
}

@available(*, unavailable)
extension HTTPBodyStream: Sendable {}

@available(*, unavailable)
extension HTTPBodyStream.Iterator: Sendable {}

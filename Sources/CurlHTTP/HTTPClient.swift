public import Logging
import NIOCore

/// An HTTP client for many concurrent exchanges: one thread, connections kept alive and shared.
///
/// Methods may be called from any task. The client lives until ``shutdown()`` or its last reference is gone.
public final class HTTPClient: Sendable {
    private let mailbox: CommandMailbox
    private let thread: LoopThread?

    /// Starts the client's thread. If the system refuses it a thread or descriptor, every request fails with
    /// ``HTTPError/Code/internalFailure``.
    public init(configuration: HTTPClientConfiguration = HTTPClientConfiguration(), logger: Logger) {
        let mailbox = CommandMailbox()
        self.mailbox = mailbox
        thread = LoopThread(name: "curl-http") {
            guard let loop = CurlLoop(mailbox: mailbox, configuration: configuration, logger: logger) else {
                mailbox.refuseAll(HTTPError(.internalFailure, "No memory or file descriptors are left for the HTTP client"))
                return
            }
            loop.run()
        }
        if thread == nil { mailbox.close(HTTPError(.internalFailure, "No thread is left for the HTTP client")) }
    }

    deinit {
        mailbox.close(Self.shutdownError)
    }

    /// Sends a request and returns the whole response, whatever its status.
    ///
    /// Cancelling the task ends the exchange and closes its connection.
    ///
    /// - Parameter acceptsPartialBody: for callers to whom the status matters more than the body. Once the head has come, a body that is too
    ///   long, breaks off or outlasts the timeout ends the exchange with what came of it and ``HTTPResponse/isComplete`` false.
    public func execute(_ request: HTTPRequest, acceptsPartialBody: Bool = false) async throws(HTTPError) -> HTTPResponse {
        let transfer = try Transfer(request, createdAt: LoopClock.now)
        let control = TransferControl(mailbox: mailbox, transfer: transfer)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                transfer.receiver = .whole(continuation, acceptsPartialBody: acceptsPartialBody)
                if let refusal = control.start() { transfer.complete(refusal) }
            }
        } onCancel: {
            control.cancel()
        }
        return try result.get()
    }

    /// Sends a request and hands over the response as it arrives, the head before the body.
    ///
    /// The exchange lasts as long as the closure: returning or throwing before the end of the body closes the connection, and so does
    /// cancelling the task.
    ///
    /// - Throws: ``HTTPError`` when there is no response, or what the closure throws.
    public func stream<Result>(
        _ request: HTTPRequest, _ body: (HTTPResponseHead, HTTPBodyStream) async throws -> Result
    ) async throws -> Result {
        let transfer = try Transfer(request, createdAt: LoopClock.now)
        let control = TransferControl(mailbox: mailbox, transfer: transfer)
        let pipe = BodyPipe()
        transfer.receiver = .pipe(pipe)
        if let refusal = control.start() { throw refusal }
        defer { control.cancel() }
        return try await withTaskCancellationHandler {
            let head = try await pipe.head(control)
            return try await body(head, HTTPBodyStream(pipe: pipe, control: control))
        } onCancel: {
            control.cancel()
        }
    }

    /// Ends all exchanges with ``HTTPError/Code/shutdown``, closes all connections and waits for the thread to end. May be called again.
    public func shutdown() async {
        mailbox.close(Self.shutdownError)
        await thread?.join()
    }

    private static let shutdownError = HTTPError(.shutdown, "The HTTP client was shut down")
}

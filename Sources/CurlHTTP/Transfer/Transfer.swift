import CCurl
import NIOCore

/// One exchange, from the caller's request to its outcome.
///
/// `@unchecked Sendable`: the caller builds it and gives it to the mailbox; from then on only the loop thread touches its variables, and
/// the mailbox's mutex orders the two. Other threads keep it only to name it in further commands.
final class Transfer: @unchecked Sendable {
    /// Who waits for the response.
    enum Receiver {
        case whole(CheckedContinuation<Result<HTTPResponse, HTTPError>, Never>, acceptsPartialBody: Bool)
        case pipe(BodyPipe)
    }

    enum Phase {
        case new
        case running(EasyHandle, MultiShard)
        /// Cancelled before the loop saw its start.
        case abandoned
        case ended
    }

    let request: HTTPRequest
    let block: RequestBlock
    /// On the loop's clock.
    let createdAt: UInt64

    var receiver: Receiver?
    var phase = Phase.new
    var headParser = ResponseHeadParser()
    var head: HTTPResponseHead?
    var body = ByteBuffer()
    var receivedBytes = 0
    var isResponseStarted = false
    /// Found in a callback; explains the code libcurl then reports.
    var failure: HTTPError?
    /// What the address policy said of the addresses tried.
    var deniedAddresses = 0
    var allowedAddresses = 0
    /// Where the transfer's connections are registered; set when it starts.
    var sockets: SocketTable?

    /// Where the loop's collections hold this transfer.
    var activeIndex = 0
    var deadlineIndex: Int?

    init(_ request: HTTPRequest, createdAt: UInt64) throws(HTTPError) {
        block = try RequestBlock(request)
        self.request = request
        self.createdAt = createdAt
    }

    /// The URL as errors may show it.
    var target: RedactedURL { RedactedURL(request.url) }

    /// The limit that applies now, and when it is reached.
    var deadline: (phase: HTTPError.TimeoutPhase, at: UInt64)? {
        let total = request.timeouts.total.map { createdAt + $0.clampedNanoseconds }
        if !isResponseStarted, let firstByte = request.timeouts.firstByte.map({ createdAt + $0.clampedNanoseconds }),
            firstByte < total ?? .max
        {
            return (.firstByte, firstByte)
        }
        return total.map { (.total, $0) }
    }

    /// Ends the exchange for whoever waits. Called once, by the loop thread or by a caller whose start was refused.
    func complete(_ failure: HTTPError?) {
        phase = .ended
        switch receiver {
        case .whole(let continuation, let acceptsPartialBody):
            continuation.resume(returning: wholeResponse(failure, acceptsPartialBody: acceptsPartialBody))
        case .pipe(let pipe):
            pipe.finish(failure.map { .failure($0) } ?? .success(()))
        case nil: break
        }
        receiver = nil
    }

    private func wholeResponse(_ failure: HTTPError?, acceptsPartialBody: Bool) -> Result<HTTPResponse, HTTPError> {
        guard let head else {
            return .failure(failure ?? HTTPError(.protocolViolation, "A response without a head (\(target))"))
        }
        guard let failure else { return .success(HTTPResponse(head: head, body: body)) }
        guard acceptsPartialBody, failure.code.isOfTheBody else { return .failure(failure) }
        return .success(HTTPResponse(head: head, body: body, isComplete: false))
    }
}

import CurlHTTP
import MoltBotCore
import NIOCore

/// One request and its answer.
///
/// Thousands wait in ``execute()`` at once: it is an object, and what comes before and after the wait is apart, so that the wait's frames
/// stay small.
final class ProviderExchange<Dialect: WireDialect>: Sendable {
    private let request: HTTPRequest
    private let client: HTTPClient
    private let dialect: Dialect
    private let call: ModelCall
    /// What no error may show.
    private let secret: SecretString?

    init(_ request: HTTPRequest, client: HTTPClient, dialect: Dialect, call: ModelCall, secret: SecretString?) {
        self.request = request
        self.client = client
        self.dialect = dialect
        self.call = call
        self.secret = secret
    }

    func execute() async throws(ModelError) -> ModelAnswer {
        let response: HTTPResponse
        do {
            response = try await client.execute(request)
        } catch {
            throw modelError(error)
        }
        return try answer(response)
    }

    @inline(never)
    private func modelError(_ error: HTTPError) -> ModelError { ModelError(error, timeout: call.timeout) }

    @inline(never)
    private func answer(_ response: HTTPResponse) throws(ModelError) -> ModelAnswer {
        try answer(
            HTTPResponseHead(status: response.status, httpVersion: response.httpVersion, headers: response.headers), response.body)
    }

    @inline(never)
    func stream(_ onDelta: DeltaHandler?) async throws(ModelError) -> ModelAnswer {
        do {
            return try await client.stream(request) { head, body in
                guard head.status == 200, isStream(head) else {
                    // An error, or a service that ignores `stream`.
                    let answer = try answer(head, await body.collect())
                    if let text = answer.text, !text.isEmpty { try await deliver(ModelDelta(text: text), to: onDelta) }
                    return answer
                }
                return try await readEvents(head, body, onDelta)
            }
        } catch let error as ModelError {
            throw error
        } catch let error as HTTPError {
            throw ModelError(error, timeout: call.timeout)
        } catch {
            throw ModelError(.cancelled, message: "\(error)")
        }
    }

    private func isStream(_ head: HTTPResponseHead) -> Bool {
        let type = head.headers["content-type"]?.lowercased() ?? ""
        return dialect.framing.mediaTypes.contains(where: type.hasPrefix)
    }

    private func answer(_ head: HTTPResponseHead, _ body: ByteBuffer) throws(ModelError) -> ModelAnswer {
        do throws(WireFault) {
            let document = JSONValue.answer(body.readableBytesView)
            guard (200...299).contains(head.status) else { throw fault(head.status, document, body) }
            guard let document else { throw WireFault(.serverError, "The answer is not JSON", evidence: Array(body.readableBytesView)) }
            if let fault = dialect.fault(in: document, status: 200) { throw fault }
            return annotated(try dialect.answer(document, to: call), head)
        } catch {
            throw ModelError(error, status: head.status, headers: head.headers, secret: secret)
        }
    }

    private func fault(_ status: Int, _ document: JSONValue?, _ body: ByteBuffer) -> WireFault {
        if let fault = document.flatMap({ dialect.fault(in: $0, status: status) }) { return fault }
        let redirect = (300...399).contains(status) ? " (redirects are not followed; check the base URL)" : ""
        return WireFault(
            ModelError.Kind(httpStatus: status), "The provider answered \(status)\(redirect)", evidence: Array(body.readableBytesView))
    }

    private func readEvents(_ head: HTTPResponseHead, _ body: HTTPBodyStream, _ onDelta: DeltaHandler?) async throws(ModelError)
        -> ModelAnswer
    {
        var assembly = AnswerAssembly(dialect, for: call)
        var pieces = body.makeAsyncIterator()
        do {
            // Read to the very end, also after the last event, so that the connection can be used again.
            while let piece = try await pieces.next() {
                for frame in piece.withUnsafeReadableBytes({ assembly.frames(in: $0) }) {
                    if let delta = try assembly.receive(frame) { try await deliver(delta, to: onDelta) }
                }
            }
            if let frame = assembly.lastFrame(), let delta = try assembly.receive(frame) { try await deliver(delta, to: onDelta) }
            return annotated(try assembly.answer(), head)
        } catch let error as HTTPError {
            // Whatever happens to the connection after the last event, the answer is complete.
            guard assembly.isTerminated, let answer = try? assembly.answer() else {
                throw ModelError(error, timeout: call.timeout, isAnswering: true)
            }
            return annotated(answer, head)
        } catch let fault as WireFault {
            throw ModelError(fault, status: 200, headers: head.headers, secret: secret)
        } catch let error as ModelError {
            throw error
        } catch {
            throw ModelError(.cancelled, message: "\(error)")
        }
    }

    private func annotated(_ answer: ModelAnswer, _ head: HTTPResponseHead) -> ModelAnswer {
        answer.with(rateLimits: RateLimitHeaders.read(head.headers, now: .now()))
    }

    private func deliver(_ delta: ModelDelta, to onDelta: DeltaHandler?) async throws(ModelError) {
        do {
            try await onDelta?(delta)
        } catch {
            throw ModelError(.cancelled, message: "The answer could not be passed on: \(error)")
        }
    }
}

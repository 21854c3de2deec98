internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import Metrics
internal import MoltBotCore
internal import NIOCore

/// Around every request: names it, turns errors into problem details, counts it.
struct ProblemMiddleware: RouterMiddleware {
    private static let longestRequestID = 128

    /// Says what is wrong with a request that no endpoint takes.
    let refusal: @Sendable (Request) -> Problem

    func handle(
        _ request: Request, context: APIContext, next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var context = context
        context.requestID = Self.requestID(of: request)
        context.logger[metadataKey: "moltbot.request.id"] = "\(context.requestID)"
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            response = problem(error, request, context).response(to: request, requestID: context.requestID)
        }
        response.headers[.requestID] = context.requestID
        response.headers[.contentTypeOptions] = "nosniff"
        count(response, context, since: start)
        return response
    }

    private func problem(_ error: any Error, _ request: Request, _ context: APIContext) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case let error as HTTPError where error.status == .notFound: return refusal(request)
        case is CancellationError: return .stopping
        default:
            context.logger.error(
                "A request failed",
                metadata: ["http.request.method": "\(request.method)", "url.path": "\(request.uri.path)", "error": "\(error)"])
            return .fault
        }
    }

    /// A client's own id is kept when it fits a log line.
    private static func requestID(of request: Request) -> String {
        guard let given = request.headers[.requestID], (1...longestRequestID).contains(given.utf8.count),
            given.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return UUIDText.version7() }
        return given
    }

    private func count(_ response: Response, _ context: APIContext, since start: ContinuousClock.Instant) {
        let dimensions = [("route", context.endpointPath ?? "none"), ("status", "\(response.status.code)")]
        Counter(label: "moltbot.http.requests", dimensions: dimensions).increment()
        let (seconds, attoseconds) = start.duration(to: .now).components
        Timer(label: "moltbot.http.duration", dimensions: [dimensions[0]])
            .recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}

internal import HTTPTypes
internal import Hummingbird

/// Lets web pages of the configured origins use the API (CORS, <https://fetch.spec.whatwg.org/#http-cors-protocol>). Without any
/// configured it does nothing, and browsers keep pages away.
struct CrossOrigin: RouterMiddleware {
    private static let methods = "GET, POST, PATCH, DELETE"
    private static let requestHeaders = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, X-API-Key, X-Request-Id"
    private static let responseHeaders = "Idempotent-Replayed, Link, Location, Retry-After, X-Request-Id"
    private static let secondsToRemember = "600"

    let allowedOrigins: Set<String>

    func handle(
        _ request: Request, context: APIContext, next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        guard let origin = request.headers[.origin], allowedOrigins.contains(origin) else { return try await next(request, context) }
        var response: Response
        if request.method == .options, request.headers[.accessControlRequestMethod] != nil {
            response = Response(status: .noContent)
            response.headers[.accessControlAllowMethods] = Self.methods
            response.headers[.accessControlAllowHeaders] = Self.requestHeaders
            response.headers[.accessControlMaxAge] = Self.secondsToRemember
        } else {
            response = try await next(request, context)
            response.headers[.accessControlExposeHeaders] = Self.responseHeaders
        }
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.vary] = "Origin"
        return response
    }
}

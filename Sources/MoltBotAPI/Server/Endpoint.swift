internal import HTTPTypes
internal import Hummingbird

/// One operation of the API.
struct Endpoint: Sendable {
    typealias Respond = @Sendable (Request, APIContext) async throws -> Response

    let method: HTTPRequest.Method
    /// As in OpenAPI: `/tasks/{id}`.
    let path: String
    /// What the caller's key must be for; nil for what anybody may see.
    let scope: Scope?
    let respond: Respond

    init(_ method: HTTPRequest.Method, _ path: String, _ scope: Scope?, _ respond: @escaping Respond) {
        self.method = method
        self.path = path
        self.scope = scope
        self.respond = respond
    }
}

/// Endpoints that belong together.
protocol EndpointGroup: Sendable {
    var endpoints: [Endpoint] { get }
}

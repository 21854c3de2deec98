internal import HTTPTypes
internal import Hummingbird
internal import MoltBotCore

/// All endpoints of a server. An address answers the methods that it does not have with 405, whatever they are called.
struct RouteTable {
    let endpoints: [Endpoint]

    init(_ groups: [any EndpointGroup]) {
        endpoints = groups.flatMap(\.endpoints)
    }

    func router(guardedBy gate: AccessGate, allowedOrigins: Set<String>) -> Router<APIContext> {
        let router = Router(context: APIContext.self)
        if !allowedOrigins.isEmpty { router.add(middleware: CrossOrigin(allowedOrigins: allowedOrigins)) }
        router.add(middleware: ProblemMiddleware(refusal: refusal))
        for (path, group) in Dictionary(grouping: endpoints, by: \.path) {
            let address = RouterPath(path.replacing("{", with: ":").replacing("}", with: ""))
            for endpoint in group {
                router.on(address, method: endpoint.method, use: Self.guarded(endpoint, gate))
            }
            if let get = group.first(where: { $0.method == .get }) {
                let respond = Self.guarded(get, gate)
                // GET without a body.
                router.on(address, method: .head) { request, context in
                    try await respond(request, context).createHeadResponse()
                }
            }
        }
        return router
    }

    private static func guarded(_ endpoint: Endpoint, _ gate: AccessGate) -> Endpoint.Respond {
        { request, context in
            var context = context
            context.caller = try await gate.admit(request.head, needs: endpoint.scope)
            if endpoint.scope != nil { try context.caller.choose(workspaceOf: request.uri.query) }
            return try await endpoint.respond(request, context)
        }
    }

    /// The methods that an address has; none for an address that there is not.
    private func methods(at path: String) -> [HTTPRequest.Method] {
        let words = path.split(separator: "/")
        var found = endpoints.filter { $0.path == path }
        if found.isEmpty {
            found = endpoints.filter { endpoint in
                let pattern = endpoint.path.split(separator: "/")
                return pattern.count == words.count && zip(pattern, words).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
            }
        }
        let methods = found.map(\.method)
        return methods.contains(.get) ? methods + [.head] : methods
    }

    /// What is wrong with a request that no endpoint takes: its method, or its address.
    private func refusal(of request: Request) -> Problem {
        let path = request.uri.path
        let allowed = methods(at: path)
        return allowed.isEmpty ? .notFound(path) : .notAllowed(request.method, path, allowed: allowed)
    }
}

internal import HTTPTypes
internal import Hummingbird
internal import MoltBotCore

/// All endpoints of a server. Each address answers every method: those that it does not have with 405.
struct RouteTable {
    private static let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options, .trace]

    let endpoints: [Endpoint]

    init(_ groups: [any EndpointGroup]) {
        endpoints = groups.flatMap(\.endpoints)
    }

    func router(guardedBy gate: AccessGate, allowedOrigins: Set<String>) -> Router<APIContext> {
        let router = Router(context: APIContext.self)
        if !allowedOrigins.isEmpty { router.add(middleware: CrossOrigin(allowedOrigins: allowedOrigins)) }
        router.add(middleware: ProblemMiddleware())
        for (path, group) in Dictionary(grouping: endpoints, by: \.path) {
            let address = RouterPath(path.replacing("{", with: ":").replacing("}", with: ""))
            for endpoint in group {
                router.on(address, method: endpoint.method, use: Self.guarded(endpoint, gate))
            }
            addRest(of: group, path, to: router, address, gate)
        }
        return router
    }

    private static func guarded(_ endpoint: Endpoint, _ gate: AccessGate) -> Endpoint.Respond {
        { request, context in
            var context = context
            context.caller = try await gate.admit(request.head, needs: endpoint.scope)
            return try await endpoint.respond(request, context)
        }
    }

    /// HEAD is GET without a body; the methods that are left are refused by name.
    private func addRest(
        of group: [Endpoint], _ path: String, to router: Router<APIContext>, _ address: RouterPath, _ gate: AccessGate
    ) {
        var allowed = group.map(\.method)
        if let get = group.first(where: { $0.method == .get }) {
            allowed.append(.head)
            let respond = Self.guarded(get, gate)
            router.on(address, method: .head) { request, context in
                try await respond(request, context).createHeadResponse()
            }
        }
        for method in Self.methods where !allowed.contains(method) {
            router.on(address, method: method) { [allowed] _, _ -> Response in
                throw Problem.notAllowed(method, path, allowed: allowed)
            }
        }
    }
}

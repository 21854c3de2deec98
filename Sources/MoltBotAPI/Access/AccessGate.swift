internal import HTTPTypes
internal import Hummingbird
internal import MoltBotCore

/// Decides who may use an endpoint.
struct AccessGate: Sendable {
    private let allowedOrigins: Set<String>

    init(_ configuration: APIConfiguration) {
        allowedOrigins = Set(configuration.allowedOrigins)
    }

    /// - Parameter scope: what the endpoint needs; nil for anybody.
    /// - Throws: 401 without a valid key, 403 without the right to this.
    func admit(_ request: Request, needs scope: Scope?) async throws -> Caller {
        try checkOrigin(request)
        return .local
    }

    /// Without keys the browser of somebody on this machine is as good as that person, so a web page must not be able to use it: neither
    /// from its own origin, nor by a name that its owner points to this machine.
    private func checkOrigin(_ request: Request) throws(Problem) {
        let authority = request.head.authority ?? ""
        guard ListenAddress.isLoopback(ListenAddress.host(ofAuthority: authority)) else {
            throw Problem(
                .forbidden, "foreign-host", "Wrong host",
                "Without access keys this server answers to names of this machine only, not to \"\(authority.prefix(64))\".",
                remedy: "Use http://127.0.0.1 with the server's port, or create a key with `moltbot keys create`.")
        }
        guard let origin = request.headers[.origin], !allowedOrigins.contains(origin), origin != "http://\(authority)" else { return }
        throw Problem(
            .forbidden, "foreign-origin", "Wrong origin", "Pages of \(origin.prefix(128)) may not use this server.",
            remedy: "Add the origin to api.allowed_origins.")
    }
}

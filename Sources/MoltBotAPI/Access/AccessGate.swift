internal import HTTPTypes
internal import Hummingbird
internal import MoltBotCore

/// Decides who may use an endpoint.
///
/// Without keys and tokens everybody on this machine may do everything, and nobody else can connect. As soon as there is one key,
/// everybody needs one.
struct AccessGate: Sendable {
    private let keyring: Keyring
    private let tokens: TokenVerifier?
    private let isLoopback: Bool
    private let allowedOrigins: Set<String>

    init(_ configuration: APIConfiguration, keyring: Keyring, tokens: TokenVerifier?) {
        self.keyring = keyring
        self.tokens = tokens
        isLoopback = ListenAddress.isLoopback(configuration.host)
        allowedOrigins = Set(configuration.allowedOrigins)
    }

    /// - Parameter scope: what the endpoint needs; nil for anybody.
    /// - Throws: 401 without a valid key, 403 without the right to this.
    func admit(_ head: HTTPRequest, needs scope: Scope?) async throws -> Caller {
        if isOpen {
            try checkOrigin(head)
            return .local
        }
        guard let scope else { return .nobody }
        guard let credential = Self.credential(head.headerFields) else {
            throw Self.unauthorized("This server needs an access key.", error: nil)
        }
        let caller = try await caller(credential)
        guard caller.may(scope) else { throw Self.forbidden(scope) }
        return caller
    }

    /// Whether it would be given again.
    func isValid(_ grant: Grant) -> Bool {
        switch grant {
        case .openServer: isOpen
        case .key(let id): keyring.isValid(id)
        case .token(let end): end > .now()
        }
    }

    private var isOpen: Bool { isLoopback && tokens == nil && keyring.isEmpty }

    private func caller(_ credential: String) async throws -> Caller {
        if let caller = keyring.caller(credential) { return caller }
        guard let tokens, TokenVerifier.isToken(credential) else {
            throw Self.unauthorized("The access key is not valid here, or was revoked.", error: "invalid_token")
        }
        switch await tokens.caller(credential) {
        case .success(let caller): return caller
        case .failure(.keysMissing): throw Self.tokenKeysMissing
        case .failure(let refusal): throw Self.unauthorized(refusal.detail, error: "invalid_token")
        }
    }

    private static var tokenKeysMissing: Problem {
        Problem(
            .serviceUnavailable, "token-keys-missing", "Tokens can't be checked now", TokenRefusal.keysMissing.detail,
            remedy: "Send it again later; access keys are taken all the same."
        ).retry(afterSeconds: 5)
    }

    /// `Authorization: Bearer` (RFC 6750), or `X-API-Key`.
    private static func credential(_ headers: HTTPFields) -> String? {
        if let header = headers[.authorization] {
            let parts = header.split(separator: " ", maxSplits: 1)
            if parts.count == 2, parts[0].lowercased() == "bearer" { return String(parts[1].drop { $0 == " " }) }
        }
        return headers[.apiKey]
    }

    private static func unauthorized(_ detail: String, error: String?) -> Problem {
        var problem = Problem(
            .unauthorized, "unauthorized", "An access key is needed", detail,
            remedy: "Send `Authorization: Bearer mb_...` or `X-API-Key: mb_...`; `moltbot keys create` makes one.")
        problem.headers[.wwwAuthenticate] = "Bearer realm=\"moltbot\"" + (error.map { ", error=\"\($0)\"" } ?? "")
        return problem
    }

    private static func forbidden(_ scope: Scope) -> Problem {
        var problem = Problem(
            .forbidden, "insufficient-scope", "The key is not for this", "This needs a key with the scope \"\(scope.rawValue)\".",
            remedy: "Create one with `moltbot keys create --scope \(scope.rawValue)`.")
        problem.headers[.wwwAuthenticate] = "Bearer realm=\"moltbot\", error=\"insufficient_scope\", scope=\"\(scope.rawValue)\""
        return problem
    }

    /// Without keys the browser of somebody on this machine is as good as that person, so a web page must not be able to use it: neither
    /// from its own origin, nor by a name that its owner points to this machine.
    ///
    /// Throws without a type: with `throws(Problem)` the optimizer of Swift 6.3 crashes on ``admit(_:needs:)``, in release builds only.
    private func checkOrigin(_ head: HTTPRequest) throws {
        let authority = head.authority ?? ""
        guard ListenAddress.isLoopback(ListenAddress.host(ofAuthority: authority)) else {
            throw Problem(
                .forbidden, "foreign-host", "Wrong host",
                "Without access keys this server answers to names of this machine only, not to \"\(authority.prefix(64))\".",
                remedy: "Use http://127.0.0.1 with the server's port, or create a key with `moltbot keys create`.")
        }
        guard let origin = head.headerFields[.origin], !allowedOrigins.contains(origin), origin != "http://\(authority)" else { return }
        throw Problem(
            .forbidden, "foreign-origin", "Wrong origin", "Pages of \(origin.prefix(128)) may not use this server.",
            remedy: "Add the origin to api.allowed_origins.")
    }
}

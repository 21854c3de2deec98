package import CurlHTTP
package import MoltBotCore

/// Tokens of one OAuth2 client: kept, replaced before they end, and asked for by one request at a time however many calls wait.
package actor OAuth2TokenSource {
    /// While a token still holds, a server that failed is left alone for this long.
    private static let pauseAfterFailure = Duration.seconds(5)

    private let endpoint: OAuth2TokenEndpoint
    private let margin: Duration
    private let now: @Sendable () -> ContinuousClock.Instant
    private var token: OAuth2Token?
    private var refresh: Task<Result<OAuth2Token, ModelError>, Never>?
    private var noRefreshBefore: ContinuousClock.Instant?

    /// - Parameter now: The clock; lifetimes count from when a token was asked for.
    package init(
        _ settings: OAuth2Settings, client: HTTPClient, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        endpoint = OAuth2TokenEndpoint(settings: settings, client: client)
        margin = settings.margin
        self.now = now
    }

    /// What a call sends.
    ///
    /// - Throws: ``ModelError/Kind/auth`` when the server refuses the client, which another try does not change; `network`, `timeout`,
    ///   `overloaded`, `rate_limited` and `server_error` as of a model's own service.
    package func authorization() async throws(ModelError) -> ModelAuthorization {
        .bearer(try await accessToken())
    }

    /// Forgets a token that a service refused (401) before its time, so that the next call gets a new one. Newer ones stay.
    package func invalidate(_ refused: SecretString) {
        if token?.value == refused { token = nil }
    }

    private func accessToken() async throws(ModelError) -> SecretString {
        let present = now()
        if let token, present < token.refreshAt(margin) { return token.value }
        if let token, present < token.expiresAt, let noRefreshBefore, present < noRefreshBefore { return token.value }
        switch await refreshed() {
        case .success(let token): return token.value
        case .failure(let error):
            // Replaced early, so that a server that is away for a while takes nothing down.
            guard let token, now() < token.expiresAt else { throw error }
            return token.value
        }
    }

    /// The outcome of the request in flight, or of a new one.
    private func refreshed() async -> Result<OAuth2Token, ModelError> {
        if let refresh { return await refresh.value }
        // A task of its own: the call that started it may be cancelled while others wait for the token. The request has a timeout.
        let refresh = Task { [endpoint, now] in await endpoint.token(askedAt: now()) }
        self.refresh = refresh
        let result = await refresh.value
        self.refresh = nil
        switch result {
        case .success(let new): (token, noRefreshBefore) = (new, nil)
        case .failure: noRefreshBefore = now() + Self.pauseAfterFailure
        }
        return result
    }
}

struct OAuth2Token: Sendable {
    var value: SecretString
    var lifetime: Duration
    var askedAt: ContinuousClock.Instant

    var expiresAt: ContinuousClock.Instant { askedAt + lifetime }

    func refreshAt(_ margin: Duration) -> ContinuousClock.Instant {
        askedAt + max(lifetime - margin, lifetime / 2)
    }
}

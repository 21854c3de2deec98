import CurlHTTP
import FoundationEssentials
import MoltBotCore
import NIOCore

/// One request for a token and its answer (RFC 6749, 4.4.2, 5.1 and 5.2).
struct OAuth2TokenEndpoint: Sendable {
    /// For servers that do not say; the standard leaves it to their manuals.
    private static let assumedLifetime = Duration.seconds(300)
    private static let longestLifetime = 365.0 * 86_400

    let settings: OAuth2Settings
    let client: HTTPClient

    func token(askedAt: ContinuousClock.Instant) async -> Result<OAuth2Token, ModelError> {
        do throws(ModelError) {
            return .success(try read(await send(), askedAt: askedAt))
        } catch {
            return .failure(error)
        }
    }

    private func send() async throws(ModelError) -> HTTPResponse {
        do {
            return try await client.execute(request)
        } catch {
            let failure = ModelError(error, timeout: settings.timeout)
            // A wrong URL is the deployment's fault, never the task's.
            let kind: ModelError.Kind = failure.kind == .invalidRequest ? .auth : failure.kind
            throw ModelError(kind, message: "No OAuth2 token: \(failure.message)", isRetryable: kind == .auth ? nil : failure.isRetryable)
        }
    }

    private var request: HTTPRequest {
        var headers: HTTPHeaders = ["Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"]
        var form = [("grant_type", "client_credentials")]
        if !settings.scopes.isEmpty { form.append(("scope", settings.scopes.joined(separator: " "))) }
        let (id, secret) = (settings.clientID, settings.clientSecret.reveal())
        switch settings.clientAuthentication {
        case .basic:
            let credentials = "\(Self.encode(id)):\(Self.encode(secret))"
            headers.set(name: "Authorization", value: "Basic \(Data(credentials.utf8).base64EncodedString())")
        case .body: form += [("client_id", id), ("client_secret", secret)]
        }
        let body = form.map { "\($0)=\(Self.encode($1))" }.joined(separator: "&")
        return HTTPRequest(
            method: "POST", url: settings.tokenURL, headers: headers, body: Array(body.utf8),
            timeouts: HTTPTimeouts(total: settings.timeout), maximumResponseBytes: 256 * 1024)
    }

    /// As forms are encoded (RFC 6749, appendix B).
    private static func encode(_ text: String) -> String {
        text.utf8.map { byte in
            let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) && byte < 0x80
            if isLetter || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-._*".utf8.contains(byte) {
                return String(UnicodeScalar(byte))
            }
            if byte == 0x20 { return "+" }
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
        }.joined()
    }

    private func read(_ response: HTTPResponse, askedAt: ContinuousClock.Instant) throws(ModelError) -> OAuth2Token {
        let document = JSONValue.answer(response.body.readableBytesView)
        guard (200...299).contains(response.status) else { throw refusal(response, document) }
        guard let value = document?["access_token"]?.stringValue, !value.isEmpty else {
            // Never the body itself: what looks unlike a token may still hold one.
            throw ModelError(.serverError, status: response.status, message: "The OAuth2 server's answer has no access_token")
        }
        let type = document?["token_type"]?.stringValue ?? "bearer"
        guard type.lowercased() == "bearer" else {
            throw ModelError(.auth, status: response.status, message: "The OAuth2 server gave a token of type \"\(type)\", not bearer")
        }
        let seconds = document?["expires_in"].flatMap { $0.doubleValue ?? $0.stringValue.flatMap(Double.init) }
        // As a text it may be "nan".
        let lifetime =
            seconds.flatMap { $0.isNaN ? nil : Duration.seconds(min(max($0, 0), Self.longestLifetime)) } ?? Self.assumedLifetime
        return OAuth2Token(value: SecretString(value), lifetime: lifetime, askedAt: askedAt)
    }

    private func refusal(_ response: HTTPResponse, _ document: JSONValue?) -> ModelError {
        let byStatus = ModelError.Kind(httpStatus: response.status)
        let error = document?["error"]?.stringValue
        let kind: ModelError.Kind =
            switch (error, byStatus) {
            case ("temporarily_unavailable", _): .overloaded
            case (_, .rateLimited), (_, .overloaded), (_, .serverError): byStatus
            // Whatever it dislikes is a setting, and the same for every task.
            default: .auth
            }
        let description = [error, document?["error_description"]?.stringValue].compactMap(\.self).joined(separator: ": ")
        let fault = WireFault(
            kind, "The OAuth2 server answered \(response.status)" + (description.isEmpty ? "" : ": \(description)"),
            evidence: description.isEmpty ? Array(response.body.readableBytesView) : nil)
        return ModelError(fault, status: response.status, headers: response.headers, secret: settings.clientSecret)
    }
}

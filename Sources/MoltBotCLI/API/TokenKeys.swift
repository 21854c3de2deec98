import CurlHTTP
import Foundation
import Logging
import MoltBotAPI
import MoltBotConfig
import NIOCore
import ServiceLifecycle

/// Gets the keys of an identity provider, and goes on asking for them: providers change theirs.
struct TokenKeys: Service {
    private static let interval = Duration.seconds(300)
    private static let maximumBytes = 1 << 20

    let verifier: TokenVerifier
    private let source: String
    private let client: HTTPClient
    private let logger: Logger

    /// Nil when the settings name no keys.
    /// - Throws: ``CommandFailure`` when they can't be read now: a node that lets nobody in is of no use.
    init?(_ settings: APISettings, client: HTTPClient, logger: Logger) async throws {
        guard let source = settings.tokenKeys else { return nil }
        guard let issuer = settings.tokenIssuer, let audience = settings.tokenAudience else {
            throw CommandFailure(
                .configuration,
                "\(SettingKey.apiTokenKeys.name) is set without \(SettingKey.apiTokenIssuer.name) and \(SettingKey.apiTokenAudience.name)",
                remedy: "Set both: else tokens that the provider made for other services would open this one.")
        }
        self.source = source
        self.client = client
        self.logger = logger
        verifier = try await TokenVerifier(keySet: try await Self.read(source, client), issuer: issuer, audience: audience)
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            // Ends with the cancellation of the sleep.
            while (try? await Task.sleep(for: Self.interval)) != nil {
                do {
                    try await verifier.replaceKeys(try await Self.read(source, client))
                } catch {
                    logger.warning("Cannot read the keys for tokens; going on with those that are known", metadata: ["error": "\(error)"])
                }
            }
        }
    }

    private static func read(_ source: String, _ client: HTTPClient) async throws -> String {
        guard source.hasPrefix("https://") else {
            do {
                return try String(contentsOfFile: source, encoding: .utf8)
            } catch {
                throw CommandFailure(.configuration, "the keys for tokens in \(source) can't be read: \(error.localizedDescription)")
            }
        }
        let response = try await client.execute(HTTPRequest(method: "GET", url: source, maximumResponseBytes: maximumBytes))
        guard response.status == 200 else {
            throw CommandFailure(.unavailable, "the keys for tokens can't be read: \(source) answered \(response.status)")
        }
        return String(buffer: response.body)
    }
}

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
    /// While there are none.
    private static let firstInterval = Duration.seconds(5)
    private static let none = "Tokens are refused until their keys can be read"

    let verifier: TokenVerifier
    private let logger: Logger

    /// Nil when the settings name no keys.
    /// - Throws: ``CommandFailure`` when the settings are wrong. A provider that is away for now is not: access keys go on.
    init?(_ settings: APISettings, client: HTTPClient, logger: Logger) async throws {
        guard let place = settings.tokenKeys else {
            guard settings.tokenIssuer == nil, settings.tokenAudience == nil else {
                throw CommandFailure(
                    .configuration,
                    "\(SettingKey.apiTokenIssuer.name) or \(SettingKey.apiTokenAudience.name) is set without \(SettingKey.apiTokenKeys.name)",
                    remedy: "Name the provider's JSON Web Key Set, or leave all three out.")
            }
            return nil
        }
        guard let issuer = settings.tokenIssuer, let audience = settings.tokenAudience else {
            throw CommandFailure(
                .configuration,
                "\(SettingKey.apiTokenKeys.name) is set without \(SettingKey.apiTokenIssuer.name) and \(SettingKey.apiTokenAudience.name)",
                remedy: "Set both: else tokens that the provider made for other services would open this one.")
        }
        let source = try TokenKeySource(place)
        self.logger = logger
        verifier = TokenVerifier(issuer: issuer, audience: audience) { try await source.read(client) }
        do {
            try await verifier.renew()
        } catch let failure as CommandFailure where failure.status == .unavailable {
            logger.warning("\(Self.none)", metadata: ["error": "\(failure.message)"])
        }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            // Ends with the cancellation of the sleep.
            while (try? await Task.sleep(for: verifier.hasKeys ? Self.interval : Self.firstInterval)) != nil {
                let hadKeys = verifier.hasKeys
                do {
                    try await verifier.renew()
                    if !hadKeys { logger.notice("The keys for tokens are read") }
                } catch {
                    logger.warning(
                        "\(hadKeys ? "Cannot read the keys for tokens; going on with those that are known" : Self.none)",
                        metadata: ["error": "\(CommandFailure(error).message)"])
                }
            }
        }
    }
}

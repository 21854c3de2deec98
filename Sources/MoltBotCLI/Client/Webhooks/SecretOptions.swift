import ArgumentParser
import Foundation
import MoltBotCore

/// Where an endpoint's signing secret comes from.
struct SecretOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("A file with the secret, whsec_... or whsk_...; - reads standard input. Default: a new one.", valueName: "path"),
        completion: .file())
    var secretFile: String?

    @Flag(help: "Make an Ed25519 key, of which receivers get the public half only, instead of a shared secret.")
    var ed25519 = false

    func validate() throws {
        if secretFile != nil, ed25519 {
            throw ValidationError("--ed25519 makes a key; with --secret-file you bring one. Give one of them.")
        }
    }

    /// The secret that somebody brings along; nil when one has to be made.
    func given() throws -> WebhookSecret? {
        try secretFile.map { path in
            let text = String(decoding: try InputFile.contents(of: path), as: UTF8.self)
            return try WebhookSecret(parsing: text.trimmingCharacters(in: .whitespacesAndNewlines))
        }
    }
}

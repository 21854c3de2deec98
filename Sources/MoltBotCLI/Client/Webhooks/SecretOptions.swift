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
        try secretFile.map { try WebhookSecret(parsing: Self.read($0).trimmingCharacters(in: .whitespacesAndNewlines)) }
    }

    private static func read(_ path: String) throws -> String {
        if path == "-" { return String(decoding: try FileHandle.standardInput.readToEnd() ?? Data(), as: UTF8.self) }
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw CommandFailure(.usage, "the secret file \(path) can't be read: \(FileProblem.text(path))")
        }
    }
}

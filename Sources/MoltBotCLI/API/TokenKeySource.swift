import CurlHTTP
import Foundation
import MoltBotAPI
import MoltBotConfig
import MoltBotCore
import NIOCore

/// Where the keys for tokens are: a file, or an address.
enum TokenKeySource: Sendable {
    case file(String)
    case url(String)

    private static let maximumBytes = 1 << 20
    /// A request with a token waits for it.
    private static let timeouts = HTTPTimeouts(connect: .seconds(3), total: .seconds(5))

    /// - Throws: ``CommandFailure`` for an address that anybody on the way could answer for.
    init(_ place: String) throws {
        guard let url = URL(string: place), let scheme = url.scheme?.lowercased(), place.contains("://") else {
            self = .file(place)
            return
        }
        guard let host = url.host(), scheme == "https" || scheme == "http" && ListenAddress.isLoopback(host) else {
            throw CommandFailure(
                .configuration,
                "\(SettingKey.apiTokenKeys.name) is neither a file nor an https address: \(Redaction.applied(to: place))",
                remedy: "Plain http is taken from this machine only: whoever answers decides who gets in.")
        }
        self = .url(place)
    }

    /// The key set as it is now.
    /// - Throws: ``CommandFailure``, `unavailable` when another try may help.
    func read(_ client: HTTPClient) async throws -> String {
        switch self {
        case .file(let path):
            do {
                return String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
            } catch {
                throw CommandFailure(.configuration, "the keys for tokens in \(path) can't be read: \(FileProblem.text(path))")
            }
        case .url(let url):
            return try await Self.get(url, client)
        }
    }

    private static func get(_ url: String, _ client: HTTPClient) async throws -> String {
        let name = Redaction.applied(to: url)
        let request = HTTPRequest(method: "GET", url: url, timeouts: timeouts, maximumResponseBytes: maximumBytes)
        let response: HTTPResponse
        do {
            response = try await client.execute(request)
        } catch {
            throw CommandFailure(
                error.code == .invalidURL ? .configuration : .unavailable, "the keys for tokens can't be read from \(name): \(error)")
        }
        guard response.status == 200 else {
            let isTheirs = response.status >= 500 || response.status == 429
            throw CommandFailure(
                isTheirs ? .unavailable : .configuration, "the keys for tokens can't be read: \(name) answered \(response.status)")
        }
        return String(buffer: response.body)
    }
}

package import AMQP
package import CurlHTTP
import Foundation
import MoltBotCore
import NIOCore

/// The part of RabbitMQ's management HTTP API that a topology needs: it alone tells bindings, policies and surplus objects.
package struct ManagementAPI: Sendable {
    /// Without a trailing slash, such as `http://127.0.0.1:15672`.
    package let baseURL: String
    package let user: String
    package let virtualHost: String
    /// A broker under load takes seconds for a long list; one that is suspended never answers.
    private static let patience = Duration.seconds(30)
    private let authorization: String
    private let client: HTTPClient

    /// - Parameters:
    ///   - url: `http://user:password@host:15672`; without user and password those of the broker URL are used.
    ///   - endpoint: the broker the API belongs to; its virtual host is the one that is looked at.
    package init(url: String, of endpoint: AMQPEndpoint, client: HTTPClient) throws(TopologyError) {
        guard var components = URLComponents(string: url), ["http", "https"].contains(components.scheme), components.host?.isEmpty == false
        else {
            throw TopologyError(.managementFailed, "a management URL looks like http://user:password@host:15672; percent-encode @ as %40")
        }
        var (user, password) = (components.user, components.password)
        if user == nil, case .plain(let brokerUser, let brokerPassword) = endpoint.credentials {
            (user, password) = (brokerUser, brokerPassword)
        }
        (components.user, components.password) = (nil, nil)
        let plain = components.string ?? url
        baseURL = plain.hasSuffix("/") ? String(plain.dropLast()) : plain
        self.user = user ?? ""
        virtualHost = endpoint.virtualHost
        authorization = "Basic " + Data("\(user ?? ""):\(password ?? "")".utf8).base64EncodedString()
        self.client = client
    }

    /// What the broker has of MoltBot's.
    package func snapshot() async throws(TopologyError) -> BrokerSnapshot {
        BrokerSnapshot(
            exchanges: try await get("exchanges"),
            queues: try await get("queues", columns: "name,type,durable,auto_delete,exclusive,arguments"),
            bindings: try await get("bindings"),
            policies: try await get("policies"))
    }

    /// Creates or replaces a policy.
    package func put(_ policy: Topology.Policy) async throws(TopologyError) {
        let body: JSONValue = [
            "pattern": .string(policy.pattern), "apply-to": .string(policy.target.rawValue), "priority": .integer(policy.priority),
            "definition": .object(policy.definition.mapValues(\.json)),
        ]
        _ = try await send("PUT", path: "policies/\(escapedVirtualHost)/\(Self.escape(policy.name))", body: body.encode())
    }

    private func get(_ kind: String, columns: String? = nil) async throws(TopologyError) -> JSONValue {
        let query = columns.map { "?columns=\($0)" } ?? ""
        let body = try await send("GET", path: "\(kind)/\(escapedVirtualHost)\(query)", body: nil)
        do {
            return try JSONValue.parse(body)
        } catch {
            throw TopologyError(
                .managementFailed, "\(baseURL)/api/\(kind) answered something that is not JSON (\(error)): is this the management URL?",
                cause: error)
        }
    }

    private func send(_ method: String, path: String, body: [UInt8]?) async throws(TopologyError) -> [UInt8] {
        let request = HTTPRequest(
            method: method, url: "\(baseURL)/api/\(path)",
            headers: ["authorization": authorization, "content-type": "application/json"],
            body: body.map { ByteBuffer(bytes: $0) }, timeouts: HTTPTimeouts(total: Self.patience))
        let response: HTTPResponse
        do {
            response = try await client.execute(request)
        } catch {
            throw TopologyError(
                .managementFailed,
                "the management API at \(baseURL) does not answer: \(error); check the URL and that rabbitmq_management is enabled",
                cause: error, isRetriable: true)
        }
        guard !(200...299).contains(response.status) else { return Array(response.body.readableBytesView) }
        throw refusal(status: response.status, body: String(buffer: response.body), path: path)
    }

    private func refusal(status: Int, body: String, path: String) -> TopologyError {
        switch status {
        case 401:
            TopologyError(
                .accessRefused,
                "the management API at \(baseURL) refuses the user '\(user)': check the password, and give the user the tag 'policymaker' (rabbitmqctl set_user_tags \(user) policymaker)"
            )
        case 403:
            TopologyError(
                .accessRefused,
                "the user '\(user)' may not use \(path) of the management API: rabbitmqctl set_user_tags \(user) policymaker")
        case 404:
            TopologyError(
                .managementFailed, "the management API at \(baseURL) has no \(path): check that the virtual host '\(virtualHost)' exists")
        default:
            TopologyError(
                .managementFailed, "the management API answered \(status) for \(path): \(body)", isRetriable: status >= 500)
        }
    }

    private var escapedVirtualHost: String { Self.escape(virtualHost) }

    /// Percent-encodes one path segment (RFC 3986, section 2.3: all but the unreserved characters).
    private static func escape(_ segment: String) -> String {
        segment.utf8.reduce(into: "") { escaped, byte in
            let character = Character(UnicodeScalar(byte))
            if character.isASCII, character.isLetter || character.isNumber || "-._~".contains(character) {
                escaped.append(character)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                escaped += byte < 16 ? "%0\(digits)" : "%\(digits)"
            }
        }
    }
}

import Logging
import NIOCore
import TestSupport

@testable import AMQP

extension AMQPConfiguration {
    /// Short waits: a test that fails should fail soon.
    static func testing(_ url: String, change: (inout AMQPEndpoint) -> Void = { _ in }) throws -> AMQPConfiguration {
        var endpoints: [AMQPEndpoint] = []
        for part in url.split(separator: ",") {
            var endpoint = try AMQPEndpoint(url: String(part))
            change(&endpoint)
            endpoints.append(endpoint)
        }
        return try AMQPConfiguration(
            endpoints: endpoints, connectionName: "amqp-tests", publishTimeout: .seconds(20), callTimeout: .seconds(20),
            reconnect: .init(initial: .milliseconds(20), maximum: .milliseconds(200)))
    }
}

/// A connection to the URL for the length of `body`.
func withConnection<Result>(_ url: String, _ body: (AMQPConnection) async throws -> Result) async throws -> Result {
    try await AMQPConnection.withConnection(configuration: .testing(url), logger: .silent, body)
}

/// A client that runs for the length of `body`.
func withClient<Result: Sendable>(
    _ configuration: AMQPConfiguration, logger: Logger = .silent,
    setup: @escaping @Sendable (AMQPConnection) async throws -> Void = { _ in },
    _ body: (AMQPClient) async throws -> Result
) async throws -> Result {
    let client = AMQPClient(configuration: configuration, logger: logger, setup: setup)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await client.run() }
        defer { group.cancelAll() }
        return try await body(client)
    }
}

extension AMQPMessage {
    static func to(_ queue: String, _ text: String, _ properties: AMQPProperties = .init(deliveryMode: .persistent)) -> AMQPMessage {
        AMQPMessage(exchange: "", routingKey: queue, properties: properties, body: ByteBuffer(string: text))
    }
}

extension AMQPDelivery {
    var text: String { String(buffer: body) }
}

/// The error of type ``AMQPError`` that the body throws.
func errorOf<Result>(_ body: () async throws -> Result) async throws -> AMQPError? {
    do {
        _ = try await body()
        return nil
    } catch let error as AMQPError {
        return error
    }
}

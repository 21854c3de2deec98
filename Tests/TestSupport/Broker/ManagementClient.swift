package import FoundationEssentials
import NIOHTTP1
import PrivateBroker

/// The broker's management HTTP API: what tests set up and look at behind the product's back.
package struct ManagementClient: Sendable {
    private let port: Int
    private let authorization: String

    init(_ broker: RunningBroker) throws {
        guard let port = broker.managementPort else {
            throw TestSupportError(.setUpFailed, "\(broker) was started without the management API.")
        }
        self.port = port
        authorization = "Basic " + Data("\(broker.user):\(broker.password)".utf8).base64EncodedString()
    }

    /// Calls e.g. `GET /api/queues/%2F`; throws only when there is no answer.
    package func send(
        _ method: String, _ path: String, json: String? = nil, within duration: Duration = .seconds(60)
    ) async throws -> LoopbackHTTP.Response {
        try await LoopbackHTTP(port: port).send(method, path, headers: ["authorization": authorization], json: json, within: duration)
    }

    /// Like ``send(_:_:json:within:)``, and fails unless the status is 2xx.
    @discardableResult
    package func expectSuccess(_ method: String, _ path: String, json: String? = nil) async throws -> Data {
        let response = try await send(method, path, json: json)
        guard 200..<300 ~= response.status else {
            throw TestSupportError(.setUpFailed, "\(method) \(path) answered \(response.status): \(response.text)")
        }
        return response.body
    }
}

import CurlHTTP
import Logging
import NIOCore

/// Runs the test with a client that is shut down when it returns.
func withClient<Result>(
    _ configuration: HTTPClientConfiguration = HTTPClientConfiguration(), _ test: (HTTPClient) async throws -> Result
) async throws -> Result {
    let client = HTTPClient(configuration: configuration, logger: Logger(label: "curl-http-tests"))
    do {
        let result = try await test(client)
        await client.shutdown()
        return result
    } catch {
        await client.shutdown()
        throw error
    }
}

/// The error a request ends with, or nil if it gets a response.
func failure(of request: HTTPRequest, _ client: HTTPClient) async -> HTTPError? {
    do throws(HTTPError) {
        _ = try await client.execute(request)
        return nil
    } catch {
        return error
    }
}

extension ByteBuffer {
    var text: String { String(buffer: self) }
}

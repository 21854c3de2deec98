internal import HTTPTypes
internal import Hummingbird
internal import MoltBotCore
internal import NIOCore

extension Request {
    /// The body as JSON.
    /// - Throws: 400 when it is none, 408, 413, 415.
    func json(_ configuration: APIConfiguration) async throws -> JSONValue {
        try requireJSON()
        let body = try await bytes(configuration)
        do {
            return try body.withUnsafeReadableBytes { (bytes) throws(JSONError) in try JSONValue.parse(bytes) }
        } catch {
            throw Problem(.badRequest, "invalid-json", "The body is not JSON", "\(error)")
        }
    }

    /// Anything else would also come from a form on any web page, without the browser asking first.
    func requireJSON(or other: String? = nil) throws(Problem) {
        let type = headers[.contentType]?.prefix { $0 != ";" }.lowercased() ?? "none"
        guard type == "application/json" || type.hasSuffix("+json") || type == other else {
            throw Problem(
                .unsupportedMediaType, "unsupported-media-type", "The body has the wrong type",
                "Expected Content-Type application/json, got \(type.prefix(64)).")
        }
    }

    private func bytes(_ configuration: APIConfiguration) async throws -> ByteBuffer {
        let limit = configuration.maximumBodyBytes
        if let announced = headers[.contentLength].flatMap({ Int($0) }), announced > limit {
            throw Problem.tooLarge("The body", limit: limit)
        }
        let body = body
        return try await withThrowingTaskGroup(of: ByteBuffer.self) { group in
            group.addTask {
                do {
                    return try await body.collect(upTo: limit)
                } catch is NIOTooManyBytesError {
                    throw Problem.tooLarge("The body", limit: limit)
                }
            }
            group.addTask {
                try await Task.sleep(for: configuration.bodyTimeout)
                throw Problem.timeout
            }
            defer { group.cancelAll() }
            guard let body = try await group.next() else { throw CancellationError() }
            return body
        }
    }
}

package import NIOHTTP1

/// A request as the model server received it.
package struct RecordedRequest: Sendable {
    /// Counts from 1 in the order of arrival.
    package let number: Int
    package let method: String
    /// Path and query.
    package let uri: String
    package let headers: HTTPHeaders
    package let body: [UInt8]
    /// When its last byte had arrived.
    package let received: ContinuousClock.Instant

    package var text: String { String(decoding: body, as: UTF8.self) }
}

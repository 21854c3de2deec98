import NIOCore
import NIOHTTP1
import Synchronization

/// What all connections of one model server share: the open channels, and the requests that came in.
final class ModelTraffic: Sendable {
    let requests = Recorder<RecordedRequest>(limit: 10_000)
    let abandoned = Recorder<RecordedRequest>(limit: 10_000)
    private let lastNumber = Mutex(0)
    private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

    /// Numbers and records a complete request.
    func receive(_ head: HTTPRequestHead, body: [UInt8]) -> RecordedRequest {
        // Numbered and recorded under one lock, so that the records are in the order of the numbers.
        lastNumber.withLock { number in
            number += 1
            let request = RecordedRequest(
                number: number, method: head.method.rawValue, uri: head.uri, headers: head.headers, body: body, received: .now)
            requests.record(request)
            return request
        }
    }

    func add(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        channels.withLock { $0[id] = channel }
        channel.closeFuture.whenComplete { [self] _ in channels.withLock { $0[id] = nil } }
    }

    func closeConnections() {
        for channel in channels.withLock({ Array($0.values) }) { channel.close(promise: nil) }
    }
}

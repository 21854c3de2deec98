internal import AMQP
internal import NIOCore
internal import Synchronization

/// Requests of this process that wait for their reply.
final class PendingReplies: Sendable {
    private let waiting = Mutex<[String: AsyncStream<ByteBuffer>.Continuation]>([:])

    /// True when the delivery is the reply to a request that waits here.
    func take(_ delivery: AMQPDelivery) -> Bool {
        guard let id = delivery.properties.correlationID, let request = waiting.withLock({ $0.removeValue(forKey: id) }) else {
            return false
        }
        request.yield(delivery.body)
        request.finish()
        return true
    }

    /// The reply to request `id`, which `send` publishes; nil after `window`.
    func reply(to id: String, within window: Duration, send: () async throws -> Void) async throws -> ByteBuffer? {
        let (stream, source) = AsyncStream.makeStream(of: ByteBuffer.self, bufferingPolicy: .bufferingNewest(1))
        waiting.withLock { $0[id] = source }
        defer { _ = waiting.withLock { $0.removeValue(forKey: id) } }
        try await send()
        return await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // Cut short when the reply is there.
                try? await Task.sleep(for: window)
                source.finish()
            }
            defer { group.cancelAll() }
            var replies = stream.makeAsyncIterator()
            return await replies.next()
        }
    }
}

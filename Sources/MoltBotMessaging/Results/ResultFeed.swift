internal import AMQP
internal import Logging
package import MoltBotCore
internal import NIOCore

/// What a result queue, or one of events, holds.
package enum ResultMessage: Sendable {
    /// `isRedelivered` is true when the broker has handed out this very message before: an acknowledgement was lost.
    case event(TaskEvent, isRedelivered: Bool)
    /// Something that is no event of a task, published by another program; the text says what is wrong with it.
    case unreadable(String)
}

/// Reads the outcomes of tasks from a queue, in the queue's order. Outcomes may come twice: their event has the same id then.
///
/// A message is acknowledged after its reader has returned; what was not read goes back to the queue.
package struct ResultFeed: Sendable {
    /// What a reader says after each message.
    package enum Next: Sendable {
        case more, enough
    }

    /// Messages on their way to the reader at once.
    private static let prefetch: UInt16 = 200

    package let source: ResultSource
    private let session: BrokerSession

    package init(_ session: BrokerSession, source: ResultSource) {
        self.session = session
        self.source = source
    }

    /// Makes sure that the queue is there, so that outcomes are kept from now on.
    /// - Throws: ``AMQPError``.
    package func open() async throws {
        try await ResultQueues(client: session.consuming).declare(source)
    }

    /// Deletes a queue of one use; other queues stay for their next reader.
    package func close() async throws {
        try await ResultQueues(client: session.consuming).remove(source)
    }

    /// Reads what the queue holds now, and returns when it is empty or the reader has enough.
    /// - Throws: ``AMQPError``; code 404 when the shared queue was not declared. What the reader throws, with its message unacknowledged.
    package func drain(_ read: (ResultMessage) async throws -> Next) async throws {
        try await open()
        try await session.consuming.withChannel { channel in
            while !Task.isCancelled, let delivery = try await channel.get(source.queue) {
                let next = try await read(ResultMessage(delivery))
                channel.settle(delivery, .ack)
                if next == .enough { return }
            }
        }
    }

    /// Reads until the reader has enough or the caller is cancelled; a lost connection is only a pause.
    /// - Parameters:
    ///   - isKept: whether a queue that has expired is made anew. Outcomes that came in between are missing then.
    ///   - opened: called each time that the queue is there, before it is read.
    /// - Throws: like ``drain(_:)``; code 404 also when the queue has expired and is not kept.
    package func follow(
        isKept: Bool = true, opened: () -> Void = {}, _ read: (ResultMessage) async throws -> Next
    ) async throws {
        while !Task.isCancelled {
            do {
                if isKept { try await open() }
                opened()
                return try await session.consuming.withChannel { channel in
                    let deliveries = try await channel.deliveries(
                        of: AMQPSubscription(queue: source.queue, prefetch: Self.prefetch))
                    for try await delivery in deliveries {
                        let next = try await read(ResultMessage(delivery))
                        channel.settle(delivery, .ack)
                        if next == .enough { return }
                    }
                }
            } catch let error as AMQPError where error.isPause {
                session.logger.debug("The result queue is out of reach; going on when it is back", metadata: ["amqp.error": "\(error)"])
            }
        }
    }
}

extension ResultMessage {
    init(_ delivery: AMQPDelivery) {
        do {
            let event = try delivery.body.withUnsafeReadableBytes { (bytes) throws(InvalidEvent) in try TaskEvent.decode(bytes) }
            self = .event(event, isRedelivered: delivery.isRedelivered)
        } catch {
            let name = delivery.properties.messageID.map { "message \($0)" } ?? "a message without an id"
            self = .unreadable("\(name) is no event of a task: \(error)")
        }
    }
}

extension AMQPError {
    /// True for what the client mends by itself; each wait for a connection paces the next try.
    fileprivate var isPause: Bool {
        switch code {
        case .connectionLost, .connectionClosed, .notConnected, .timeout: true
        default: false
        }
    }
}

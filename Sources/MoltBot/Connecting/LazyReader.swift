internal import MoltBotMessaging
internal import Synchronization

/// A reader that begins when somebody is interested: most clients never listen to events.
final class LazyReader: Sendable {
    let reader: QueueReader
    private let started = Mutex(false)
    private let signal: AsyncStream<Void>
    private let signalSource: AsyncStream<Void>.Continuation

    init(_ reader: QueueReader) {
        self.reader = reader
        (signal, signalSource) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    var isStarted: Bool { started.withLock(\.self) }

    /// Returns when the queue is there: what is published from now on is read.
    func start() async throws {
        guard !isStarted else { return }
        try await reader.feed.open()
        started.withLock { $0 = true }
        signalSource.finish()
    }

    /// Reads from the first start on, until cancelled.
    /// - Parameter reopened: as in ``QueueReader/run(reopened:_:)``.
    func run(reopened: () -> Void, _ read: (ResultMessage) async -> Void) async {
        for await _ in signal {}
        guard !Task.isCancelled else { return }
        await reader.run(reopened: reopened, read)
    }
}

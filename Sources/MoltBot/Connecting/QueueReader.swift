internal import Logging
internal import MoltBotMessaging

/// Reads one of the client's own queues for as long as the client lives.
struct QueueReader: Sendable {
    private static let pause = Duration.seconds(1)

    let feed: ResultFeed
    let logger: Logger

    /// Reads until cancelled. A lost connection is a pause; a lost queue is declared anew.
    /// - Parameter reopened: called each time that the queue is there again, before it is read.
    func run(reopened: () -> Void, _ read: (ResultMessage) async -> Void) async {
        var isFirst = true
        let opened = {
            if !isFirst { reopened() }
            isFirst = false
        }
        while !Task.isCancelled {
            do {
                try await feed.follow(opened: opened) { message in
                    await read(message)
                    return .more
                }
            } catch {
                if Task.isCancelled { return }
                logger.warning(
                    "A queue of this client was lost; declaring it again",
                    metadata: ["moltbot.queue": "\(feed.source.queue)", "error": "\(error)"])
            }
            // Ends early only when cancelled.
            try? await Task.sleep(for: Self.pause)
        }
    }
}

internal import AMQP
internal import Logging
package import MoltBotCore
internal import ServiceLifecycle

/// Keeps a process up to date with what is configured.
///
/// Each connection reads the stream from its beginning: it is small, and one that was deleted and declared anew in the meantime does not
/// go unnoticed. Only what differs from what was handed over before is handed over again.
package struct RegistryFollower: Sendable {
    private static let shortestPause = Duration.milliseconds(500)
    private static let longestPause = Duration.seconds(15)
    private static let longestWait = Duration.seconds(3600)

    private let session: BrokerSession
    private let kinds: Set<RegistryRecord.Kind>
    private let observe: @Sendable (RegistryPosition?) -> Void

    package init(_ session: BrokerSession, kinds: Set<RegistryRecord.Kind>) {
        self.init(session, kinds: kinds) { _ in }
    }

    /// - Parameter observe: hears of each message once what it says was handed over, after those that were there at the start together,
    ///   and nil when the stream is lost. Must not block.
    init(_ session: BrokerSession, kinds: Set<RegistryRecord.Kind>, observe: @escaping @Sendable (RegistryPosition?) -> Void) {
        self.session = session
        self.kinds = kinds
        self.observe = observe
    }

    /// Follows until cancelled or shut down; a lost connection or stream is a pause.
    ///
    /// - Parameter apply: gets the records one after the other in the stream's order. The first call brings all entries that there are,
    ///   none if there is none, each with its latest record; from then on the receiver is up to date. A record without value removes its entry.
    package func run(_ apply: @escaping @Sendable ([RegistryRecord]) async -> Void) async {
        await cancelWhenGracefulShutdown { await follow(apply) }
    }

    private func follow(_ apply: @Sendable ([RegistryRecord]) async -> Void) async {
        var known: RegistryProjection?
        var pause = Self.shortestPause
        while !Task.isCancelled {
            let before = ContinuousClock.now
            do {
                try await follow(from: &known, apply)
            } catch {
                observe(nil)
                if Task.isCancelled { return }
                session.logger.warning(
                    "Lost the registry; reading it again. If the stream was deleted, run: moltbot topology apply",
                    metadata: ["moltbot.queue": "\(BrokerNames.Queue.registry)", "amqp.error": "\(error)"])
            }
            pause = before.duration(to: .now) > Self.longestPause ? Self.shortestPause : pause
            // Ends early only when cancelled.
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, Self.longestPause)
        }
    }

    /// Reads on one channel for as long as it lasts.
    private func follow(from known: inout RegistryProjection?, _ apply: @Sendable ([RegistryRecord]) async -> Void) async throws {
        try await session.consuming.withChannel(timeout: Self.longestWait) { channel in
            var reader = try await RegistryReader(channel, kinds: kinds, logger: session.logger)
            try await reader.catchUp(session)
            let changes = reader.projection.changes(since: known ?? RegistryProjection())
            if known == nil || !changes.isEmpty { await apply(changes) }
            // Each record that counts is handed over before the next one is read.
            defer { known = reader.projection }
            observe(reader.position)
            while true {
                let record = try await reader.next().record
                if let record { await apply([record]) }
                observe(reader.position)
            }
        }
    }
}

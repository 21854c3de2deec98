import Logging
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging
import ServiceLifecycle

/// Follows the registry's deployments.
struct RegistryModels: Service {
    let sources: ModelSources
    let session: BrokerSession

    func run() async {
        await RegistryFollower(session, kinds: [.deployment]).run { await sources.apply($0) }
    }
}

/// Reads the settings again when their files change. What can't be used leaves what is in force as it is, and is logged.
struct ReloadedModels: Service {
    let sources: ModelSources
    let settings: Settings
    let logger: Logger

    func run() async throws {
        let atStart = try Watch(Self.files(of: settings))
        await cancelWhenGracefulShutdown {
            var watch = atStart
            repeat {
                while watch.hasChanged(), await watch.settle() { await reload(&watch) }
            } while await watch.next()
        }
    }

    private func reload(_ watch: inout Watch) async {
        do {
            let new = try settings.readAgain()
            // Before they are read, so that no change comes between.
            try watch.turn(to: Self.files(of: new))
            try await sources.apply(new)
            logger.notice("The models' settings were read again", metadata: ["moltbot.deployments": "\(new.models.deployments.count)"])
        } catch {
            let reason = (error as? SettingsError)?.message ?? (error as? ModelError)?.message ?? "\(error)"
            logger.error("The changed settings can't be used; those in force stay so", metadata: ["moltbot.reason": "\(reason)"])
        }
    }

    private static func files(of settings: Settings) -> [String] { [settings.file ?? Settings.defaultFile] + settings.models.files }
}

/// Some files, and what was last seen in them.
private struct Watch {
    /// How long nothing changes before what is there is taken for whole.
    private static let quiet = Duration.milliseconds(300)
    /// The same, as a multiple, for a file that has gone or is empty: it is about to be written anew.
    private static let patience = 10

    private var contents: [String: [UInt8]?]
    private var changes: AsyncStream<Void>

    init(_ files: [String]) throws(SettingsError) {
        // From here on no change is missed.
        changes = try FileChanges.stream(of: files)
        contents = Self.contents(of: files)
    }

    /// Returns when nothing has changed for a while: who replaces a file may take it away first, and then write it piece by piece.
    /// - Returns: false when cancelled.
    mutating func settle() async -> Bool {
        var looks = 0
        repeat {
            looks = hasChanged() ? 1 : looks + 1
            let isAway = contents.values.contains { $0?.isEmpty ?? true }
            if looks > (isAway ? Self.patience : 1) { return true }
        } while (try? await Task.sleep(for: Self.quiet)) != nil
        return false
    }

    /// Whether they differ from what was seen before; what is there now counts as seen.
    mutating func hasChanged() -> Bool {
        let now = Self.contents(of: contents.keys)
        defer { contents = now }
        return now != contents
    }

    /// Returns when something may have changed; false at the end.
    func next() async -> Bool {
        for await _ in changes { return true }
        return false
    }

    /// Other files from now on. What is in the new ones counts as seen, of the others what was seen before.
    mutating func turn(to files: [String]) throws(SettingsError) {
        guard Set(files) != Set(contents.keys) else { return }
        let seen = contents
        self = try Watch(files)
        for (file, content) in seen where contents[file] != nil { contents[file] = content }
    }

    private static func contents(of files: some Sequence<String>) -> [String: [UInt8]?] {
        Dictionary(files.map { ($0, FileChanges.content(of: $0)) }) { first, _ in first }
    }
}

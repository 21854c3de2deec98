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
        let files = [settings.file ?? Settings.defaultFile] + settings.models.files
        let changes = try FileChanges.stream(of: files)
        let atStart = Self.contents(of: files)
        await cancelWhenGracefulShutdown {
            var before = atStart
            for await _ in changes {
                let now = Self.contents(of: files)
                guard now != before else { continue }
                before = now
                await reload()
            }
        }
    }

    private func reload() async {
        do {
            let new = try settings.readAgain()
            try await sources.apply(new)
            logger.notice("The models' settings were read again", metadata: ["moltbot.deployments": "\(new.models.deployments.count)"])
        } catch {
            let reason = (error as? SettingsError)?.message ?? (error as? ModelError)?.message ?? "\(error)"
            logger.error("The changed settings can't be used; those in force stay so", metadata: ["moltbot.reason": "\(reason)"])
        }
    }

    private static func contents(of files: [String]) -> [[UInt8]?] { files.map { FileChanges.content(of: $0) } }
}

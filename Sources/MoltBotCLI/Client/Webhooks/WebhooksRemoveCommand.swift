import ArgumentParser
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging

/// `moltbot webhooks remove`
struct WebhooksRemoveCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Forget an endpoint, with its queue.",
        discussion: "Deliveries that still wait are dropped with it, so it asks for --force when there are any.")

    @OptionGroup var options: EndpointOptions

    @Flag(help: "Drop the deliveries that wait.")
    var force = false

    var settingsOptions: SettingsOptions { options.settings }
    var flags: [FlagValue] { options.broker.flags }

    func run(in context: CommandContext) async throws {
        let (id, isForced, settings) = (options.id, force, context.settings)
        let dropped = try await context.withBroker { session in
            let register = try WebhookRegister(session, settings)
            do {
                try await register.requireEndpoint(id)
            } catch let error as RegistryError where error.code == .unknownEntry {
                // Deletes what a removal that was cut short has left, and says the same.
                return try await register.remove(id)
            }
            let waiting = try await register.waiting(id)
            guard waiting == 0 || isForced else {
                throw CommandFailure(
                    .failed, "\(waiting) deliveries to \(id) wait; nothing was removed",
                    remedy: "Let them be delivered first, or drop them with --force.")
            }
            return try await register.remove(id)
        }
        guard options.json else { return try context.console.print("\(id)\tremoved, \(dropped) deliveries dropped") }
        try context.console.print { writer in
            writer.beginObject()
            writer.member("id", id)
            writer.member("dropped", dropped)
            writer.endObject()
        }
    }
}

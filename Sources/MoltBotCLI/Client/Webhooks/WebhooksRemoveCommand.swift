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
        let topology = try TopologyFile.find(settings.broker.topologyFile).topology
        let dropped = try await context.withBroker { session in
            let register = WebhookRegister(session, settings)
            try await register.requireEndpoint(id)
            let queue = try EndpointQueue(of: id, in: topology)
            let waiting = try await queue.count(session)
            guard waiting == 0 || isForced else {
                throw CommandFailure(
                    .failed, "\(waiting) deliveries to \(id) wait; nothing was removed",
                    remedy: "Let them be delivered first, or drop them with --force.")
            }
            // The entry goes first: no relay publishes to the queue or consumes it afterwards.
            try await register.remove(id)
            return try await queue.delete(session)
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

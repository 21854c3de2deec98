import MoltBot

/// Registers a webhook for completed tasks, and submits a task that it will tell of. `moltbot relay` (part of `moltbot up`) delivers.
///
///     python3 examples/receive_webhooks.py 9000      with WEBHOOK_SECRET=whsec_..., in another terminal
///     MOLTBOT_MASTER_KEY_FILE=~/.local/state/moltbot/master.key WEBHOOK_SECRET=whsec_... \
///         swift run examples webhook http://127.0.0.1:9000/
///
/// A receiver on this machine needs `relay.allow_http` and `relay.allowed_networks` in MoltBot's settings. Without WEBHOOK_SECRET a new
/// secret is made and printed.
enum WebhookRegistration {
    static func run(_ arguments: [String]) async throws {
        var options = MoltBot.Options()
        // The workers' key: it seals the secret, so that neither the broker nor a backup of it has it in the clear.
        options.masterKey = Examples.environment["MOLTBOT_MASTER_KEY"].map { MoltBot.Secret($0) }
        options.masterKeyFile = Examples.environment["MOLTBOT_MASTER_KEY_FILE"]
        options.allowsHTTPWebhooks = true
        options.allowedWebhookNetworks = ["127.0.0.1/32"]
        try await withMoltBot(Examples.brokerURL, options: options) { bot in
            let given = Examples.environment["WEBHOOK_SECRET"].map { MoltBot.Secret($0) }
            let hook = try await bot.webhook(
                arguments.first ?? "http://127.0.0.1:9000/", events: ["task.completed"], secret: given)
            print("registered \(hook.id)")
            if given == nil { print("secret: \(hook.secret.reveal())") }
            let outcome = try await bot.wait(for: bot.submit(.init("Tell the webhook", model: Examples.model)), timeout: .seconds(60))
            print("\(outcome.status.rawValue) \(outcome.taskID); `moltbot webhooks remove \(hook.id)` ends the deliveries")
        }
    }
}

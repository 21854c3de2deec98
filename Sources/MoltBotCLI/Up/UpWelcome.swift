import MoltBotConfig
import MoltBotCore

/// What `moltbot up` says when it is ready: where everything is, and what to do next.
struct UpWelcome: Sendable {
    let settings: Settings
    let broker: BrokerAddress
    let workers: Int

    private var isPrivate: Bool { settings.broker.url == nil }

    func print(api address: String, to console: Console) throws(Console.Closed) {
        try console.print("MoltBot is ready.")
        try console.print("  broker   \(broker.redacted)\(isPrivate ? ", private to \(settings.stateDirectory)" : "")")
        try console.print("  workers  \(workers), \(settings.worker.summary)")
        try console.print("  models   \(models)")
        try console.print("  webhooks \(settings.relay.concurrency) requests at once; register endpoints with `moltbot webhooks add`")
        try console.print("  API      \(address)")
        try console.print("In another terminal:")
        let folder = isPrivate ? " --state-dir \(settings.stateDirectory.shellWord)" : ""
        try console.print("  moltbot submit --wait --model echo \"Hello\"\(workspace)\(folder)")
        if isPrivate {
            try console.print("  moltbot broker url\(folder)    for programs in other languages")
        }
        try console.print("Ctrl-C ends it; what is queued stays queued.")
    }

    /// Of the example, where the usual one has no worker.
    private var workspace: String {
        let served = settings.worker.workspaces
        guard !served.contains(.default), let first = served.first else { return "" }
        return " --workspace \(first)"
    }

    private var models: String {
        guard let openAI = settings.models.openAI else { return "echo; set OPENAI_API_KEY or OPENAI_BASE_URL for others" }
        return "echo; all others at \(Redaction.applied(to: openAI.baseURL))"
    }
}

import ArgumentParser
import CurlHTTP
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging
import MoltBotWorker

/// `moltbot models test`
struct ModelsTestCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Call a deployment once with each of its keys, and say how that went.",
        discussion: """
            It asks for a word or two, which costs next to nothing. Keys come from where a
            worker on this machine would take them. Exit status 1 when a key does not work.
            """)

    @OptionGroup var options: DeploymentNameOptions

    @Option(help: ArgumentHelp("Seconds for one call.", valueName: "seconds"))
    var timeout = 30.0

    var settingsOptions: SettingsOptions { options.settings }
    var flags: [FlagValue] { options.broker.flags }

    func validate() throws {
        guard timeout > 0, timeout <= 600 else { throw ValidationError("--timeout is more than 0 and at most 600 seconds") }
    }

    func run(in context: CommandContext) async throws {
        let (name, settings) = (options.name, context.settings)
        let deployment = try await context.withBroker { session in
            let register = ModelRegister(session, settings)
            if let entry = try await register.entry(name) { return entry.deployment }
            if let deployment = settings.models.deployments.first(where: { $0.name == name }) { return deployment }
            throw register.missing(name, known: try await register.all().entries.map(\.deployment.name))
        }
        let client = HTTPClient(logger: context.logger)
        do {
            try await call(deployment, client, context)
        } catch {
            await client.shutdown()
            throw error
        }
        await client.shutdown()
    }

    private func call(_ deployment: Deployment, _ client: HTTPClient, _ context: CommandContext) async throws {
        let trial = try DeploymentTrial(deployment, try ModelConfiguration(context.settings), client: client)
        var hasFailed = false
        for (position, key) in trial.keys.enumerated() {
            let result = await result(of: trial, key: position)
            if case .failure = result { hasFailed = true }
            try report(key, result, context.console)
        }
        if hasFailed { throw ExitStatus.failed.code }
    }

    private func result(of trial: DeploymentTrial, key: Int) async -> Result<DeploymentTrial.Answer, ModelError> {
        do throws(ModelError) {
            return .success(try await trial.run(key: key, timeout: .seconds(timeout)))
        } catch {
            return .failure(error)
        }
    }

    private func report(_ key: String?, _ result: Result<DeploymentTrial.Answer, ModelError>, _ console: Console) throws {
        guard !options.json else { return try printJSON(key, result, console) }
        let name = key.map { "key \($0)" } ?? "no key"
        switch result {
        case .success(let answer):
            let tokens = answer.usage.map { ", \($0.inputTokens) + \($0.outputTokens) tokens" } ?? ""
            let cost = answer.cost.map { ", $\($0)" } ?? ""
            try console.print("\(name)\tok\t\(answer.duration.wholeMilliseconds) ms\(tokens)\(cost)")
        case .failure(let error): try console.print("\(name)\tfailed\t\(error)")
        }
    }

    private func printJSON(_ key: String?, _ result: Result<DeploymentTrial.Answer, ModelError>, _ console: Console) throws {
        try console.print { writer in
            writer.beginObject()
            writer.member("name", options.name)
            writer.member("key", key)
            switch result {
            case .success(let answer):
                writer.member("ok", true)
                writer.member("duration_ms", Int(clamping: answer.duration.wholeMilliseconds))
                writer.member("input_tokens", answer.usage?.inputTokens)
                writer.member("output_tokens", answer.usage?.outputTokens)
                writer.member("cost_usd", answer.cost)
            case .failure(let error):
                writer.member("ok", false)
                writer.member("error", error.kind.rawValue)
                writer.member("status", error.status)
                writer.member("message", error.message)
            }
            writer.endObject()
        }
    }
}

import MoltBot

/// The code of the getting-started article, compiled and run. A snippet begins below its `// snippet` line and ends at `// end`.
struct GettingStartedSnippets {
    let url: String
    let masterKeyFile: String

    func submitAndWait() async throws {
        // snippet
        try await withMoltBot(url) { bot in
            let task = try await bot.submit("Explain quantum computing in one sentence")
            let outcome = try await bot.wait(for: task, timeout: .seconds(60))
            print(try outcome.text())
        }
        // end
    }

    func connectAndClose() async throws -> MoltBot.SubmittedTask {
        // snippet
        let bot = try await MoltBot.connect(to: url, workspace: "default")
        let task = try await bot.submit("Hello", priority: .high)
        await bot.close()
        // end
        return task
    }

    func askLater(_ bot: MoltBot, _ task: MoltBot.SubmittedTask) async throws {
        // snippet
        let known = MoltBot.SubmittedTask(id: task.id, submittedAt: task.submittedAt)
        if let outcome = try await bot.result(of: known) {
            print(outcome.status, outcome.result ?? "")
        }
        // end
    }

    func request() -> MoltBot.Request {
        // snippet
        var request = MoltBot.Request(
            messages: [
                ["role": "system", "content": "Answer in one sentence."],
                ["role": "user", "content": "Why is the sky blue?"],
            ],
            model: "gpt-4", parameters: ["temperature": 0.2, "max_tokens": 200])
        request.timeout = .seconds(30)
        request.maxRetries = 2
        request.callback = MoltBot.Callback(url: "https://example.org/hook", headers: ["authorization": "Bearer token"])
        request.metadata = ["ticket": "42"]
        // end
        return request
    }

    func badRequest(_ bot: MoltBot) async {
        // snippet
        do {
            try await bot.submit(.init("Hello", parameters: ["temperature": 7]))
        } catch {
            print(error.code, error.message)
        }
        // end
    }

    func stream(_ bot: MoltBot) async throws {
        // snippet
        for try await piece in try await bot.stream("Tell me a story") {
            print(piece, terminator: "")
        }
        // end
    }

    func batch(_ bot: MoltBot) async throws {
        // snippet
        let tasks = try await bot.submitBatch((1...100).map { "Question \($0)" }, priority: .low, concurrency: 10)
        for outcome in try await bot.wait(for: tasks) {
            print(outcome.taskID, outcome.status)
        }
        // end
    }

    func handlers(_ bot: MoltBot) async throws {
        // snippet
        let registration = try await bot.onComplete { outcome in
            print("completed", outcome.taskID)
        }
        try await bot.onError { outcome in
            print("failed", outcome.taskID, outcome.failure?.message ?? "")
        }
        registration.cancel()
        // end
    }

    func events(_ bot: MoltBot) async throws {
        // snippet
        let events = try await bot.events
        for await event in events where event.type == .completed {
            print(event.time, event.taskID, events.missed)
        }
        // end
    }

    func webhook(_ bot: MoltBot) async throws {
        // snippet
        let hook = try await bot.webhook("https://example.org/hook", events: ["task.*"])
        print(hook.id, hook.secret.reveal())
        // end
    }

    func models() async throws {
        // snippet
        var options = MoltBot.Options()
        options.masterKeyFile = masterKeyFile
        try await withMoltBot(url, options: options) { bot in
            try await bot.registerModel(.init(name: "gpt-4-primary", model: "gpt-4", provider: "openai", key: .secret("sk-...")))
            print(try await bot.models.map(\.name))
        }
        // end
    }
}

import TestSupport
import Testing

/// The programs in `examples/swift`, as a newcomer runs them.
@Suite("examples in Swift", .timeLimit(.minutes(30)))
struct SwiftExamplesTests {
    private static let masterKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    private static let webhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    @Test func tasksAreSubmittedAwaitedAndHeardOf() async throws {
        try await withTerminal { terminal in
            try await terminal.withWorker { _ in
                let basic = try await terminal.swiftExample("basic", "What is", "six times seven?")
                #expect(basic.exit == .code(0), "\(basic.errorOutput)")
                #expect(basic.output.hasPrefix("What is six times seven?\ntokens: "))
                #expect(basic.output.hasSuffix(", attempts: 1"))

                let callbacks = try await terminal.swiftExample("callbacks")
                #expect(callbacks.exit == .code(0), "\(callbacks.errorOutput)")
                let lines = Set(callbacks.output.split(separator: "\n"))
                #expect(lines == ["completed: This one succeeds", "expired: deadline_exceeded"])

                let batch = try await terminal.swiftExample("batch", "12", "3")
                #expect(batch.exit == .code(0), "\(batch.errorOutput)")
                #expect(batch.output.split(separator: "\n") == (1...12).map { "Question \($0)" })

                let parameters = try await terminal.swiftExample("parameters")
                #expect(parameters.exit == .code(0), "\(parameters.errorOutput)")
                #expect(parameters.output == "Why is the sky blue?\nticket: 42")
            }
        }
    }

    @Test func theAPIIsUsed() async throws {
        try await withTerminal { terminal in
            try await terminal.withWorker { _ in
                try await terminal.withAPI { api in
                    let run = try await terminal.swiftExample("api-client", "Over REST", settings: ["MOLTBOT_API_URL": api])
                    #expect(run.exit == .code(0), "\(run.errorOutput)")
                    #expect(run.output.hasPrefix("accepted "))
                    #expect(run.output.hasSuffix("completed: Over REST"))
                }
            }
        }
    }

    /// Registered by one program, delivered by the relay, verified by a receiver in Python.
    @Test func aWebhookIsRegisteredAndDelivered() async throws {
        let python = try await PythonEnvironment.interpreter()
        let keys = ["MOLTBOT_MASTER_KEY": Self.masterKey]
        try await withTerminal { terminal in
            try await terminal.withWorker { _ in
                try await withChildProcess(
                    python, ["\(BuildProducts.repository)/examples/receive_webhooks.py", "0", "1"],
                    environment: ["WEBHOOK_SECRET": Self.webhookSecret]
                ) { receiver in
                    let listening = try await receiver.errorOutput.first("a receiver") { $0.hasPrefix("listening on ") }
                    let address = String(listening.dropFirst("listening on ".count))
                    let settings = WebhookTerminal.localReceivers.merging(keys) { _, new in new }
                    try await terminal.withMoltbot(["relay", "--state-dir", try await WorkingFolder().path], settings: settings) { relay in
                        _ = try await relay.errorOutput.first("a ready relay", within: .seconds(60)) { $0.hasPrefix("Relay ready") }
                        let secret = keys.merging(["WEBHOOK_SECRET": Self.webhookSecret]) { _, new in new }
                        let run = try await terminal.swiftExample("webhook", address, settings: secret)
                        #expect(run.exit == .code(0), "\(run.errorOutput)")
                        #expect(run.output.hasPrefix("registered ep-"))
                        #expect(try await receiver.waitForExit() == .code(0))
                        #expect(receiver.output.elements.first?.hasPrefix("task.completed ") == true)
                        #expect(receiver.output.elements.first?.hasSuffix(" Tell the webhook") == true)
                    }
                }
            }
        }
    }

    @Test func anUnknownExampleIsToldWhatThereIs() async throws {
        let run = try await runToEnd(try BuildProducts.executable("examples"), ["bsic"])
        #expect(run.exit == .code(64))
        #expect(run.errorOutput.contains("api-client|basic|batch|callbacks|parameters|webhook"))
    }
}

import PrivateBroker
import TestSupport
import Testing

@Suite("moltbot: topology and worker", .timeLimit(.minutes(30)))
struct TopologyCommandTests {
    @Test func planShowsWhatApplyDoesAndThenNothing() async throws {
        try await TestBroker.withVirtualHost { host in
            var environment = ["MOLTBOT_BROKER_URL": host.url]
            environment["MOLTBOT_BROKER_MANAGEMENT_URL"] = host.broker.running.managementURL

            let before = try await CommandRun.of("topology", "plan", environment: environment)
            #expect(before.status == .code(2))
            #expect(before.output.contains("+ queue moltbot.tasks.default"))
            #expect(!before.output.contains("\u{1B}"))

            let apply = try await CommandRun.of("topology", "apply", environment: environment)
            #expect(apply.status == .code(0), "\(apply.messages)")
            #expect(apply.output.contains("applied queue moltbot.tasks.default"))

            let after = try await CommandRun.of("topology", "plan", "--json", environment: environment)
            #expect(after.status == .code(0))
            #expect(after.output.contains(#""clean":true"#))

            let exported = try await CommandRun.of("topology", "export", environment: environment)
            #expect(exported.status == .code(0))
            let copy = try await CommandRun.of(
                "topology", "plan", "--topology", "copy.yaml", environment: environment, files: ["copy.yaml": exported.output])
            #expect(copy.status == .code(0), "\(copy.output) \(copy.messages)")
        }
    }

    @Test func exportWithoutManagementSaysWhatIsMissing() async throws {
        try await TestBroker.withVirtualHost { host in
            let run = try await CommandRun.of("topology", "export", "--broker-url", host.url)
            #expect(run.status == .code(78))
            #expect(run.messages.contains("--management-url"))
        }
    }

    @Test func contractIsDocumentedWithoutABroker() async throws {
        let run = try await CommandRun.of("topology", "asyncapi")
        #expect(run.status == .code(0))
        #expect(run.output.contains("asyncapi: 3."))
    }

    @Test func workerRefusesToStartWithoutItsTopology() async throws {
        try await TestBroker.withVirtualHost { host in
            let run = try await CommandRun.of("worker", "--broker-url", host.url)
            #expect(run.status == .code(78))
            #expect(run.messages.contains("queue moltbot.tasks.default is missing"))
            #expect(run.messages.contains("moltbot topology apply"))
        }
    }

    @Test func workerRefusesTimeoutsThatTheBrokerWouldCutOff() async throws {
        try await TestBroker.withVirtualHost { host in
            let assumed = try await CommandRun.of(
                "worker", "--broker-url", host.url, files: ["config/gateway.yaml": "worker:\n  max_task_timeout: 40m\n"])
            #expect(assumed.status == .code(78))
            #expect(assumed.messages.contains("worker.max_task_timeout is 40m (from config/gateway.yaml:2)"))
            #expect(assumed.messages.contains("30m (RabbitMQ's default)"))
            #expect(assumed.messages.contains("worker.consumer_timeout"))
        }
    }

    @Test func workerServesAWorkspaceOfItsOwnAndDrainsOnSIGTERM() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withChildProcess(
                try BuildProducts.executable("moltbot"),
                ["worker", "--broker-url", host.url, "--workspace", "acme", "--apply-topology", "--concurrency", "7"],
                environment: CommandRun.neutral
            ) { worker in
                let ready = try await worker.errorOutput.first("the ready line") { $0.hasPrefix("Worker ready") }
                #expect(ready.contains("7 tasks at once, workspace acme"))
                let queue = try await host.management.expectSuccess("GET", "/api/queues/\(host.name)/moltbot.tasks.acme")
                #expect(!queue.isEmpty)
                try worker.send(.terminate)
                #expect(try await worker.waitForExit() == .code(0))
                #expect(!worker.errorOutput.elements.joined().contains(host.broker.running.password))
            }
        }
    }
}

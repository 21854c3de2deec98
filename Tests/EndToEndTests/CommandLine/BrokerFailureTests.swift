import PrivateBroker
import TestSupport
import Testing

@Suite("moltbot: when the broker can't be used", .timeLimit(.minutes(30)))
struct BrokerFailureTests {
    @Test(arguments: [["topology", "plan"], ["topology", "apply"], ["worker"], ["up"]])
    func brokerThatIsDownIsNamedWithinSeconds(_ command: [String]) async throws {
        // Port 1 is privileged and, on loopback, nobody's.
        let result = try await runToEnd(
            try BuildProducts.executable("moltbot"), command + ["--broker-url", "amqp://user:geheim@127.0.0.1:1/"],
            environment: CommandRun.neutral, within: .seconds(20))
        #expect(result.exit == .code(69))
        #expect(result.errorOutput.contains("amqp://127.0.0.1:1"))
        #expect(result.errorOutput.contains("moltbot broker start"))
        #expect(!result.errorOutput.contains("geheim"))
        #expect(result.output.isEmpty)
    }

    @Test func allMembersOfAClusterAreNamed() async throws {
        let run = try await CommandRun.of(
            "topology", "plan", environment: ["MOLTBOT_BROKER_URL": "amqp://127.0.0.1:1,amqp://127.0.0.1:2"], within: .seconds(20))
        #expect(run.status == .code(69))
        #expect(run.messages.contains("127.0.0.1:1"))
        #expect(run.messages.contains("127.0.0.1:2"))
    }

    @Test func withoutAnyBrokerItSaysHowToGetOne() async throws {
        let run = try await CommandRun.of("topology", "plan", "--state-dir", "empty")
        #expect(run.status == .code(69))
        #expect(run.messages.contains("no private broker runs in empty"))
        #expect(run.messages.contains("moltbot up"))
        #expect(run.messages.contains("MOLTBOT_BROKER_URL"))
    }

    @Test func wrongPasswordAndForeignVirtualHostAreRefusals() async throws {
        let running = try await TestBroker.shared.running
        let port = running.amqpPort
        let password = try await CommandRun.of("topology", "plan", "--broker-url", "amqp://\(running.user):wrong@127.0.0.1:\(port)/%2F")
        #expect(password.status == .code(77))
        #expect(password.messages.contains("check user and password"))
        #expect(!password.messages.contains("wrong"))

        let virtualHost = try await CommandRun.of("worker", "--broker-url", running.amqpURL(virtualHost: "nowhere"))
        #expect(virtualHost.status == .code(77))
        #expect(virtualHost.messages.contains("virtual host 'nowhere'"))
        #expect(!virtualHost.messages.contains(running.password))
    }
}

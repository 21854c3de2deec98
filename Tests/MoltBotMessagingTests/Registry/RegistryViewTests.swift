import AMQP
import MoltBotCore
import MoltBotMessaging
import PrivateBroker
import TestSupport
import Testing

@Suite("Registry: a view of it", .timeLimit(.minutes(30)))
struct RegistryViewTests {
    /// Runs `body` with a view on connections of its own, as another node has them.
    private func viewing<Result: Sendable>(
        _ url: String, patience: Duration = .seconds(60), _ body: @escaping @Sendable (RegistryView) async throws -> Result
    ) async throws -> Result {
        try await RegistryHost.session(url: url) { session in
            let view = RegistryView(session, kinds: [.deployment], patience: patience)
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await view.run() }
                defer { group.cancelAll() }
                return try await body(view)
            }
        }
    }

    @Test func whatAnotherProcessHasJustWrittenIsSeen() async throws {
        try await TestBroker.withVirtualHost { host in
            try await RegistryHost.applyTopology(url: host.url)
            try await RegistryHost.session(url: host.url) { writer in
                try await RegistryWriter(writer).append((0..<50).map { .model("m\($0)", 0) })
                try await viewing(host.url) { view in
                    for round in 1...20 {
                        let name = "m\(round % 3)"
                        try await Registry(writer).change([.deployment]) { _ in [.model(name, .integer(Int64(round)))] }
                        #expect(try await view.state().record(.deployment, name)?.value == .integer(Int64(round)))
                    }
                    try await RegistryWriter(writer).append([.model("m1", nil)])
                    #expect(try await view.state().record(.deployment, "m1") == nil)
                    #expect(try await view.state().records(of: .deployment).count == 49)
                    // Those who ask at the same moment share a look.
                    try await withThrowingTaskGroup(of: Int.self) { group in
                        for _ in 0..<200 { group.addTask { try await view.state().records(of: .deployment).count } }
                        for try await count in group { #expect(count == 49) }
                    }
                }
            }
        }
    }

    @Test func recordsOfOtherKindsAreNoneOfItsBusinessAndHoldUpNothing() async throws {
        try await RegistryHost.run { session in
            let view = RegistryView(session, kinds: [.deployment], patience: .seconds(60))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await view.run() }
                defer { group.cancelAll() }
                try await RegistryWriter(session).append([
                    .model("a", 1), RegistryRecord(kind: .apiKey, id: "k", workspace: .default, value: "x"),
                ])
                let state = try await view.state()
                #expect(state.record(.deployment, "a")?.value == 1)
                #expect(state.records(of: .apiKey).isEmpty)
            }
        }
    }

    @Test func aViewThatHasReadNothingSaysSo() async throws {
        try await RegistryHost.run { session in
            let error = await #expect(throws: AMQPError.self) { try await RegistryView(session, kinds: [.deployment]).state() }
            #expect(error?.code == .timeout)
        }
    }

    @Test func withoutTheBrokerItTellsWhatItKnowsAndAfterwardsWhatIsNew() async throws {
        try await TestBroker.withOwnBroker { broker in
            let url = broker.running.amqpURL
            try await RegistryHost.applyTopology(url: url)
            try await RegistryHost.session(url: url) { writer in
                try await RegistryWriter(writer).append([.model("a", 1)])
                // Each answer without the broker takes that long.
                try await viewing(url, patience: .seconds(2)) { view in
                    try await eventually("the view has what is stored") {
                        (try? await view.state())?.record(.deployment, "a")?.value == 1
                    }
                    try await broker.broker.stop()
                    #expect(try await view.state().record(.deployment, "a")?.value == 1)
                    _ = try await broker.broker.start()
                    try await RegistryWriter(writer).append([.model("a", 2)])
                    try await eventually("the view is up to date") { try await view.state().record(.deployment, "a")?.value == 2 }
                }
            }
        }
    }
}

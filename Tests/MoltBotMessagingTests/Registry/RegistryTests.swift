import AMQP
import MoltBotCore
import MoltBotMessaging
import NIOCore
import Synchronization
import TestSupport
import Testing

@Suite("Registry: reading and changing", .timeLimit(.minutes(30)))
struct RegistryTests {
    @Test func theLatestRecordOfEachEntryCounts() async throws {
        try await RegistryHost.run { session in
            try await RegistryWriter(session).append([
                .model("a", 1), .model("b", 1), .model("a", 2), .model("c", 1), .model("b", nil),
                RegistryRecord(kind: .apiKey, id: "a", workspace: .default, value: "other kind"),
            ])
            let state = try await Registry(session).snapshot(of: [.deployment])
            #expect(state.records(of: .deployment).map(\.id) == ["a", "c"])
            #expect(state.record(.deployment, "a")?.value == 2)
            #expect(state.record(.deployment, "b") == nil)
            #expect(state.records(of: .apiKey).isEmpty)
        }
    }

    @Test func anEmptyRegistryIsRead() async throws {
        try await RegistryHost.run { session in
            let state = try await Registry(session).snapshot(of: Set(RegistryRecord.Kind.allCases))
            for kind in RegistryRecord.Kind.allCases { #expect(state.records(of: kind).isEmpty) }
        }
    }

    @Test func readingHardlyMakesTheStreamGrow() async throws {
        try await RegistryHost.run { session in
            let registry = Registry(session)
            try await RegistryWriter(session).append((0..<20).map { .model("m\($0)", 1) })
            let readings: Int64 = 20
            for number in 0..<readings {
                try await RegistryWriter(session).append([.model("m0", .integer(number))])
                let state = try await registry.snapshot(of: [.deployment])
                #expect(state.record(.deployment, "m0")?.value == .integer(number))
                #expect(state.records(of: .deployment).count == 20)
            }
            try await RegistryWriter(session).append([.model("end", 1)])
            // A mark is only for a stream that is empty, or for a broker that takes very long to answer.
            #expect(try await marks(before: "\"end\"", session) < readings)
        }
    }

    private func marks(before end: String, _ session: BrokerSession) async throws -> Int {
        try await session.consuming.withChannel { channel in
            let messages = try await channel.deliveries(
                of: AMQPSubscription(queue: "moltbot.registry", prefetch: 100, arguments: { ["x-stream-offset": "first"] }))
            var marks = 0
            for try await message in messages {
                channel.settle(message, .ack)
                if message.properties.type == "moltbot.barrier" { marks += 1 }
                if String(buffer: message.body).contains(end) { break }
            }
            return marks
        }
    }

    @Test func changesAtTheSameTimeDoNotUndoEachOther() async throws {
        try await RegistryHost.run { session in
            try await RegistryWriter(session).append([.model("counter", 0)])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await Registry(session).change([.deployment]) { state in
                            [.model("counter", .integer((state.record(.deployment, "counter")?.value?.integerValue ?? 0) + 1))]
                        }
                    }
                }
                try await group.waitForAll()
            }
            let state = try await Registry(session).snapshot(of: [.deployment])
            #expect(state.record(.deployment, "counter")?.value == 8)
        }
    }

    @Test func ofTwoWhoCreateOneEntryOneLearnsThatItIsThere() async throws {
        try await RegistryHost.run { session in
            let creators = Recorder<Int64>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in Int64(0)..<8 {
                    group.addTask {
                        let hasCreated = Mutex(false)
                        try await Registry(session).change([.deployment]) { state in
                            let isFree = state.record(.deployment, "name") == nil
                            hasCreated.withLock { $0 = isFree }
                            return isFree ? [.model("name", .integer(number))] : []
                        }
                        if hasCreated.withLock(\.self) { creators.record(number) }
                    }
                }
                try await group.waitForAll()
            }
            let state = try await Registry(session).snapshot(of: [.deployment])
            #expect(creators.elements.map { .integer($0) } == [state.record(.deployment, "name")?.value])
        }
    }

    @Test("A record that creates an entry counts only where there is none")
    func newRecords() async throws {
        try await RegistryHost.run { session in
            for (value, members) in [
                ("1", #", "new": true"#), ("2", #", "new": true"#), ("null", ""), ("3", #", "new": true"#), ("4", #", "new": true"#),
            ] {
                try await session.publishing.publish(
                    AMQPMessage(
                        exchange: "", routingKey: "moltbot.registry",
                        properties: AMQPProperties(
                            deliveryMode: .persistent, messageID: UUIDText.version7(), type: "moltbot.registry.record"),
                        body: ByteBuffer(
                            string:
                                #"{"kind":"deployment","id":"a","workspace":"default","value":\#(value),"time":"2026-01-01T00:00:00Z"\#(members)}"#
                        )))
            }
            let state = try await Registry(session).snapshot(of: [.deployment])
            #expect(state.record(.deployment, "a")?.value == 3)
        }
    }

    @Test func aChangeThatFailsWritesNothing() async throws {
        try await RegistryHost.run { session in
            await #expect(throws: CancellationError.self) {
                try await Registry(session).change([.deployment]) { _ in throw CancellationError() }
            }
            let state = try await Registry(session).snapshot(of: [.deployment])
            #expect(state.records(of: .deployment).isEmpty)
        }
    }

    @Test("What is no record, or one of a later version, is skipped")
    func strangersAreSkipped() async throws {
        try await RegistryHost.run { session in
            func publish(_ body: String, type: String?) async throws {
                try await session.publishing.publish(
                    AMQPMessage(
                        exchange: "", routingKey: "moltbot.registry",
                        properties: AMQPProperties(deliveryMode: .persistent, messageID: UUIDText.version7(), type: type),
                        body: ByteBuffer(string: body)))
            }
            let type = "moltbot.registry.record"
            try await publish(#"{"kind":"spaceship","id":"a","workspace":"default","value":1,"time":"2026-01-01T00:00:00Z"}"#, type: type)
            try await publish(#"{"kind":"deployment","id":"a","workspace":"No!","value":1,"time":"2026-01-01T00:00:00Z"}"#, type: type)
            try await publish("{", type: type)
            try await publish(#"{"kind":"deployment","id":"a","workspace":"default","value":1,"time":"2026-01-01T00:00:00Z"}"#, type: nil)
            try await publish(
                #"{"kind":"deployment","id":"b","workspace":"acme","value":[1],"time":"2026-01-01T00:00:00Z","later":true}"#, type: type)
            let records = try await Registry(session).snapshot(of: [.deployment]).records(of: .deployment)
            let acme = try #require(Workspace("acme"))
            let time = try #require(Timestamp(rfc3339: "2026-01-01T00:00:00Z"))
            #expect(records == [RegistryRecord(kind: .deployment, id: "b", workspace: acme, value: [1], time: time)])
        }
    }

    @Test func aMissingStreamIsNamed() async throws {
        try await TestBroker.withVirtualHost { host in
            try await RegistryHost.session(url: host.url) { session in
                let error = await #expect(throws: AMQPError.self) { try await Registry(session).snapshot(of: [.deployment]) }
                #expect(error?.replyCode == 404)
                #expect(error?.message.contains("moltbot.registry") == true)
            }
        }
    }
}

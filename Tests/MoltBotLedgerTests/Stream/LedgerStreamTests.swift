import AMQP
import Logging
import MoltBotCore
import MoltBotMessaging
import PrivateBroker
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct LedgerStreamTests {
    @Test func goesOnAfterTheLastEntryThatWasHandedOver() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withLedgerHost(url: host.url) { ledger in
                for number in 0..<50 { try await ledger.publishTask("t\(number)") }
                let first = try await ledger.reading { batches in
                    _ = try await batches.first("the last task") { $0.taskIDs.contains("t49") }
                    return batches.elements
                }
                #expect(first.flatMap(\.taskIDs) == (0..<50).map { "t\($0)" })
                let position = first.flatMap(\.entries).last?.position
                try await ledger.publishTask("next")
                let second = try await ledger.reading(after: position) { batches in
                    _ = try await batches.first("the next task") { $0.taskIDs.contains("next") }
                    return batches.elements
                }
                #expect(second.flatMap(\.taskIDs) == ["next"])
                #expect(second.allSatisfy { $0.missing == 0 && !$0.beginsAnew })
            }
        }
    }

    @Test func readsAStreamThatReplacesTheOneItKnewFromItsStart() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withLedgerHost(url: host.url) { ledger in
                for number in 0..<20 { try await ledger.publishTask("old\(number)") }
                try await ledger.reading { batches in
                    _ = try await batches.first("the old tasks") { $0.taskIDs.contains("old19") }
                    try await ledger.replaceStream()
                    try await ledger.publishTask("new0")
                    try await ledger.publishTask("new1")
                    _ = try await batches.first("the new tasks", within: .seconds(60)) { $0.taskIDs.contains("new1") }
                    let new = batches.elements.flatMap(\.taskIDs).filter { $0.hasPrefix("new") }
                    #expect(new == ["new0", "new1"])
                    #expect(batches.elements.count(where: \.beginsAnew) == 1)
                }
            }
        }
    }

    @Test func goesOnAfterTheConnectionWasLost() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withLedgerHost(url: host.url) { ledger in
                try await ledger.reading { batches in
                    for round in 1...3 {
                        try await ledger.publishTask("before\(round)")
                        _ = try await batches.first("the task before") { $0.taskIDs.contains("before\(round)") }
                        _ = try await host.broker.broker.control(["close_all_connections", "--vhost", host.name, "test"])
                        try await ledger.publishTask("after\(round)")
                        _ = try await batches.first("the task after") { $0.taskIDs.contains("after\(round)") }
                    }
                    let offsets = batches.elements.flatMap(\.entries).map(\.offset)
                    #expect(offsets == offsets.indices.map { Int64($0) })
                }
            }
        }
    }

    @Test func slowReaderGetsNoMoreThanItTakes() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withLedgerHost(url: host.url) { ledger in
                for number in 0..<300 { try await ledger.publishTask("t\(number)") }
                let gate = Gate()
                let taken = Recorder<LedgerBatch>()
                try await ledger.reading(take: { batch in
                    taken.record(batch)
                    try await gate.wait()
                }) { _ in
                    try await taken.atLeast(1, "a batch")
                    gate.open()
                    _ = try await taken.first("the last task") { $0.taskIDs.contains("t299") }
                    #expect(taken.elements.flatMap(\.taskIDs).count == 300)
                }
            }
        }
    }

    @Test func oddMessagesStopNobody() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withLedgerHost(url: host.url) { ledger in
                try await ledger.spectator.publish("{not json", id: "broken")
                try await ledger.spectator.publish("{}", id: nil)
                try await ledger.spectator.publish("{}", id: "x", exchange: "moltbot.events", routingKey: "")
                try await ledger.publishTask("good")
                try await ledger.reading { batches in
                    _ = try await batches.first("the good task") { $0.taskIDs.contains("good") }
                    #expect(batches.elements.flatMap(\.taskIDs) == ["broken", "good"])
                }
            }
        }
    }
}

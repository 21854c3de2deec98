import AMQP
import Foundation
import Logging
import MoltBotCore
import MoltBotLedger
import MoltBotMessaging
import NIOCore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct LedgerServiceTests {
    /// Runs a node on the file and hands its tasks to `body` once it has caught up.
    @discardableResult
    private func withNode<Result: Sendable>(
        _ ledger: LedgerHost, _ folder: LedgerFolder, _ body: @escaping @Sendable (LedgerStore, [TaskRecord]) async throws -> Result
    ) async throws -> Result {
        let store = try folder.open()
        let caughtUp = Gate()
        let last = try #require(TaskID("last"))
        let service = LedgerService(session: ledger.session, store: store, patience: .seconds(60)) { batch in
            if batch.taskIDs.contains(last.rawValue) { caughtUp.open() }
        }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await service.run() }
            // Nothing to see where the file has it all already.
            if try await store.position() == nil { try await caughtUp.wait("the node to catch up") }
            try await service.waitUntilRead()
            let result = try await body(store, try await store.tasks(TaskFilter(workspace: nil), limit: 1000).tasks)
            group.cancelAll()
            // A node that is told to stop does so without an error.
            try await group.waitForAll()
            return result
        }
    }

    private func publish(_ ledger: LedgerHost) async throws {
        for number in 0..<100 { try await ledger.publishTask("task-\(number)") }
        try await ledger.publishTask("last")
    }

    @Test func fileThatIsGoneOrDamagedIsBuiltAgain() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withLedgerHost(url: host.url) { ledger in
                try await publish(ledger)
                try await withLedgerFolder { folder in
                    let before = try await withNode(ledger, folder) { _, tasks in tasks }
                    #expect(before.count == 101)
                    try FileManager.default.removeItem(atPath: folder.file)
                    #expect(try await withNode(ledger, folder) { _, tasks in tasks }.map(\.id) == before.map(\.id))
                    let file = try #require(FileHandle(forWritingAtPath: folder.file))
                    try file.write(contentsOf: Data("broken".utf8))
                    try file.close()
                    #expect(try await withNode(ledger, folder) { _, tasks in tasks }.map(\.id) == before.map(\.id))
                    #expect(FileManager.default.fileExists(atPath: folder.file + ".damaged"))
                }
            }
        }
    }

    @Test func absurdQuestionHarmsNobody() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withLedgerHost(url: host.url) { ledger in
                try await publish(ledger)
                try await withLedgerFolder { folder in
                    try await withNode(ledger, folder) { store, _ in
                        for redrives in ["9223372036854775807", "-1", "1000", "0"] {
                            try await ledger.spectator.program.publish(
                                AMQPMessage(
                                    exchange: "", routingKey: "moltbot.ledger.lookup",
                                    properties: AMQPProperties(
                                        correlationID: redrives, replyTo: ledger.spectator.replyQueue, type: "moltbot.ledger.lookup"),
                                    body: ByteBuffer(
                                        string:
                                            #"{"questions": [{"task_id": "last", "workspace": "default", "redrives": \#(redrives)}]}"#
                                    )))
                        }
                        _ = try await ledger.spectator.replies.first("the answer to a question with sense") {
                            $0.properties.correlationID == "0"
                        }
                        #expect(ledger.spectator.replies.elements.count == 1)
                        // Also one that comes another way names the last life there can be.
                        let question = LedgerQuestion(taskID: try #require(TaskID("last")), workspace: .default, redrives: .max)
                        #expect(try await store.answers(to: [question]) == [.open(.queued)])
                    }
                }
            }
        }
    }

    @Test func nodesAgree() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withLedgerHost(url: host.url) { ledger in
                try await publish(ledger)
                try await withLedgerFolder { first in
                    try await withLedgerFolder { second in
                        let one = try await withNode(ledger, first) { _, tasks in tasks }
                        let two = try await withNode(ledger, second) { _, tasks in tasks }
                        #expect(one.map(\.id) == two.map(\.id))
                        #expect(one.map(\.number) == two.map(\.number))
                        #expect(one.map(\.status) == two.map(\.status))
                    }
                }
            }
        }
    }

    @Test func nodeGoesOnWhereItsFileEnds() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withLedgerHost(url: host.url) { ledger in
                try await publish(ledger)
                try await withLedgerFolder { folder in
                    try await withNode(ledger, folder) { _, tasks in #expect(tasks.count == 101) }
                    try await ledger.publishTask("afterwards")
                    try await withNode(ledger, folder) { _, tasks in
                        #expect(tasks.count == 102)
                        #expect(tasks.contains { $0.id.rawValue == "afterwards" })
                    }
                }
            }
        }
    }
}

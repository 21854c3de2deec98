import AMQP
import MoltBotCore
import NIOCore
import Testing

@testable import MoltBotMessaging

@Suite("The message of a batch") struct TaskBatchTests {
    private let now = Timestamp(millisecondsSinceEpoch: 1_790_000_000_000)

    private func document(total: String = "7", concurrency: String = "2", notes: String = "") throws -> JSONValue {
        try JSONValue.parse(
            #"{"id": "b", "workspace": "default", "total": \#(total), "concurrency": \#(concurrency), "place": "p", "#
                + #""accepted_at": "2026-11-21T12:00:00Z"\#(notes)}"#)
    }

    @Test("reads back as it was written, with what the last node has noted")
    func repetition() throws {
        let batch = try #require(TaskBatch(try document()))
        let notes = BatchNotes(waiting: 5, ended: 1, unchangedSince: now, excused: 1, usedAt: now + .seconds(-60))
        let body = batch.message(to: .inbox, notes).body
        let again = try body.withUnsafeReadableBytes { try JSONValue.parse($0) }
        #expect(TaskBatch(again) == batch)
        #expect(BatchNotes(again["notes"], wasInterrupted: false, now: now + .seconds(9)) == notes)
        // Nobody knows what a node did that died.
        #expect(BatchNotes(again["notes"], wasInterrupted: true, now: now + .seconds(9))?.unchangedSince == now + .seconds(9))
        #expect(BatchNotes(try document()["notes"], wasInterrupted: false, now: now) == nil)
    }

    @Test(
        "of a size that no API node takes is none", arguments: ["0", "-1", "50001", "-9223372036854775808", "9223372036854775807", "1.5"])
    func sizes(total: String) throws {
        #expect(TaskBatch(try document(total: total)) == nil)
        #expect(TaskBatch(try document(concurrency: "0")) == nil)
        #expect(TaskBatch(try document(total: "50000", concurrency: "9223372036854775807"))?.total == 50_000)
    }
}

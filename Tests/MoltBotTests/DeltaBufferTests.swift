import TestSupport
import Testing

@testable import MoltBot

@Suite("An answer that is read piece by piece", .timeLimit(.minutes(2)))
struct DeltaBufferTests {
    /// Reads and writes in one place, so that a reader that let go of it is waiting.
    private actor Desk {
        let buffer: DeltaBuffer

        init(_ buffer: DeltaBuffer) {
            self.buffer = buffer
        }

        func next(_ began: Gate) async throws -> MoltBot.Delta? {
            began.open()
            return try await buffer.next()
        }

        func write(_ number: Int, _ text: String) { buffer.received(number, text) }

        /// Returns when no other one is at work here.
        func isFree() {}
    }

    @Test("can be waited for again after a wait that was cancelled")
    func cancelledWait() async throws {
        let desk = Desk(DeltaBuffer(MoltBot.SubmittedTask(id: "t")))
        let piece = try await withDeadline(.seconds(30), "the piece") {
            let began = Gate()
            let cut = Task { try await desk.next(began) }
            try await began.wait()
            await desk.isFree()
            cut.cancel()
            let error = await #expect(throws: MoltBotError.self) { try await cut.value }
            #expect(error?.code == .cancelled)
            return try await withThrowingTaskGroup(of: MoltBot.Delta?.self) { group in
                let waits = Gate()
                group.addTask { try await desk.next(waits) }
                try await waits.wait()
                await desk.write(1, "Once")
                return try await group.next() ?? nil
            }
        }
        #expect(piece?.text == "Once")
    }
}

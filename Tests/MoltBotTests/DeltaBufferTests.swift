import TestSupport
import Testing

@testable import MoltBot

@Suite("An answer that is read piece by piece", .timeLimit(.minutes(30)))
struct DeltaBufferTests {
    @Test("can be waited for again after a wait that was cancelled")
    func cancelledWait() async throws {
        let buffer = DeltaBuffer(MoltBot.SubmittedTask(id: "t"))
        let piece = try await withDeadline(.seconds(30), "the piece") {
            // A wait that does not give way would keep the writer from writing.
            try await withTaskExecutorPreference(OneThread()) {
                await withThrowingTaskGroup(of: MoltBot.Delta?.self) { group in
                    group.addTask { try await buffer.next() }
                    await Self.letOthersRun()
                    group.cancelAll()
                    let error = await #expect(throws: MoltBotError.self) { try await group.next() }
                    #expect(error?.code == .cancelled)
                }
                return try await withThrowingTaskGroup(of: MoltBot.Delta?.self) { group in
                    group.addTask { try await buffer.next() }
                    await Self.letOthersRun()
                    buffer.received(1, "Once")
                    return try await group.next() ?? nil
                }
            }
        }
        #expect(piece?.text == "Once")
    }

    /// Behind all that wait for the thread, a few times over.
    private static func letOthersRun() async { for _ in 0..<10 { await Task.yield() } }
}

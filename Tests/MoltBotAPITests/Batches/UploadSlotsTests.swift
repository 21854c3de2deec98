import HTTPTypes
import MoltBotCore
import TestSupport
import Testing

@testable import MoltBotAPI

@Suite("Uploads of batches")
struct UploadSlotsTests {
    @Test("of one workspace leave a slot to the others, and each slot is free again when its upload has ended")
    func fairness() async throws {
        let slots = UploadSlots()
        let acme = try #require(Workspace("acme"))
        let other = try #require(Workspace("other"))
        let end = Gate()
        let begun = Recorder<Void>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            @Sendable func upload(_ workspace: Workspace) async throws {
                try await slots.withSlot(of: workspace) {
                    begun.record(())
                    try await end.wait()
                }
            }
            for _ in 1...3 { group.addTask { try await upload(acme) } }
            try await begun.atLeast(3, "an upload")
            await #expect { try await upload(acme) } throws: { ($0 as? Problem)?.status == .tooManyRequests }
            group.addTask { try await upload(other) }
            try await begun.atLeast(4, "another workspace's upload")
            await #expect { try await upload(other) } throws: { ($0 as? Problem)?.status == .tooManyRequests }
            end.open()
            try await group.waitForAll()
        }
        try await slots.withSlot(of: acme) { begun.record(()) }
        #expect(begun.count == 5)
    }
}

import AMQP
import Logging
import Synchronization
import Testing

@testable import MoltBotMessaging

@Suite("Recovery of a task queue") struct QueueRecoveryTests {
    @Test("The consumers of a lost queue have it restored once, and all go on")
    func together() async {
        let restorations = Mutex(0)
        let recovery = QueueRecovery(
            of: "moltbot.tasks.default", restore: { restorations.withLock { $0 += 1 } },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 { group.addTask { await recovery.recover(from: AMQPError(.consumerCancelled, "the queue was deleted")) } }
        }
        #expect(restorations.withLock(\.self) == 1)
        await recovery.recover(from: AMQPError(.consumerCancelled, "the queue was deleted again"))
        #expect(restorations.withLock(\.self) == 2)
    }
}

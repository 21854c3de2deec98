import MoltBotCore
import MoltBotMessaging
import Testing

@testable import MoltBotAPI

@Suite("News of a batch", .timeLimit(.minutes(30))) struct BatchNewsTests {
    @Test("reach all who wait for them, until each ends its own subscription")
    func several() async throws {
        let news = BatchNews()
        let id = UUIDText.version7()
        let first = news.subscribe(to: id)
        let second = news.subscribe(to: id)
        news.unsubscribe(first, from: id)
        let task = try #require(TaskBatch.taskID(1, in: id))
        let event = TaskEvent(TaskOutcome(taskID: task, workspace: .default, status: .completed), redrives: 0, at: .now())
        news.tell([LedgerEntry(offset: 0, content: .event(event))])
        // Beyond the time limit: only the news end the wait.
        await second.next(within: .seconds(600))
        #expect(!Task.isCancelled)
    }
}

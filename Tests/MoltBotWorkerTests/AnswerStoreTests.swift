import ModelProviders
import MoltBotCore
import MoltBotMessaging
import Testing

@testable import MoltBotWorker

@Suite("Shared calls") struct AnswerStoreTests {
    private let digest = CallDigest(
        workspace: .default, model: "gpt", content: .prompt("Hello"), parameters: TaskParameters())

    private func answer(_ text: String) -> AnswerStore.Answer {
        AnswerStore.Answer(
            answer: ModelAnswer(text: text, message: ["content": .string(text)]), model: "gpt", provider: "echo", deployment: "echo")
    }

    @Test("Tasks that wait for a call get its answer, also one that the cache has no room for", arguments: [0, 1_000_000])
    func withoutRoom(_ bytes: Int) throws {
        let store = AnswerStore(maximumBytes: bytes, lifetime: .seconds(60))
        guard case .call(let flight) = store.find(digest, mode: .on), case .inFlight(let same) = store.find(digest, mode: .on) else {
            Issue.record("the second task makes a call of its own")
            return
        }
        #expect(same.answer == nil && !same.ended.hasFired)
        store.ended(flight, answer("yes"))
        #expect(same.ended.hasFired)
        #expect(same.answer?.answer.text == "yes")
        #expect(store.statistics.answers == (bytes == 0 ? 0 : 1))
    }

    @Test("An answer that nobody wanted to be kept is not, and a call that failed leaves the next one to whoever looks first")
    func notKept() throws {
        let store = AnswerStore(maximumBytes: 1_000_000, lifetime: .seconds(60))
        guard case .call(let flight) = store.find(digest, mode: .read) else { return }
        store.ended(flight, answer("yes"))
        guard case .call(let second) = store.find(digest, mode: .on), case .inFlight(let same) = store.find(digest, mode: .on) else {
            Issue.record("it was kept")
            return
        }
        store.ended(second, nil)
        #expect(same.ended.hasFired && same.answer == nil)
        guard case .call = store.find(digest, mode: .on) else {
            Issue.record("nobody makes the call again")
            return
        }
    }
}

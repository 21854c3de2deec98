import MoltBotCore
import Testing

@testable import MoltBotWorker

@Suite("What is surely too long") struct ContextWindowTests {
    @Test("Plain text counts by its characters, whatever bytes they take")
    func text() {
        let english = String(repeating: "word ", count: 800)
        let hindi = String(repeating: "शब्द ", count: 800)
        #expect(hindi.utf8.count > 2 * english.utf8.count)
        #expect(TaskRequest.Content.prompt(english).leastTokens == 500)
        #expect(TaskRequest.Content.prompt(hindi).leastTokens == 500)
    }

    @Test("Images may be tiny: any number of them is sent")
    func images() {
        let image = "data:image/png;base64," + String(repeating: "A", count: 40_000)
        let parts = (0..<50).map { _ -> JSONValue in ["type": "image_url", "image_url": ["url": .string(image), "detail": "low"]] }
        #expect(TaskRequest.Content.messages([["role": "user", "content": .array(parts)]]).leastTokens < 1000)
    }

    @Test("Of many texts to embed each is one input")
    func inputs() {
        let texts = (0..<100).map { _ in JSONValue.string(String(repeating: "word ", count: 80)) }
        #expect(TaskRequest.Content.input(.array(texts)).leastTokens == 50)
        #expect(TaskRequest.Content.input(texts[0]).leastTokens == 50)
    }
}

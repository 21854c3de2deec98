import MoltBotCore
import Testing

@Suite("Event types an endpoint asks for")
struct EventPatternTests {
    @Test(
        "A star stands for one word, and at the end for all that follow",
        arguments: [
            ("task.completed", "task.completed", true), ("task.completed", "task.complete", false), ("task.completed", "task", false),
            ("*", "task.completed", true), ("*", "task", true), ("*", "a.b.c.d", true),
            ("task.*", "task.completed", true), ("task.*", "task.completed.late", true), ("task.*", "task", false),
            ("task.*", "tasks.completed", false), ("*.failed", "task.failed", true), ("*.failed", "model.failed", true),
            ("*.failed", "task.failed.twice", false), ("*.failed", "failed", false), ("a.*.c", "a.b.c", true), ("a.*.c", "a.b.d", false),
            ("a.*.c", "a.b.b.c", false), ("Task.*", "task.completed", false),
        ])
    func matches(pattern: String, type: String, isMatch: Bool) throws {
        #expect(try #require(EventPattern(pattern)).matches(type) == isMatch)
    }

    @Test("What is no pattern", arguments: ["", ".", "task.", ".task", "task..x", "task.comp*", "**", "task completed", "täsk", "task.#"])
    func refused(text: String) {
        #expect(EventPattern(text) == nil)
    }
}

import MoltBotCore
import Testing

@Suite("Answer cache")
struct AnswerCacheTests {
    private let start = ContinuousClock.now

    @Test("Forgets what was not used for longest when the bytes run out")
    func leastRecentlyUsed() {
        var cache = AnswerCache<String, Int>(maximumBytes: 3 * 300)
        for (index, key) in ["a", "b", "c"].enumerated() { cache.store(index, size: 100, for: key, until: start + .seconds(60)) }
        #expect(cache.value(for: "a", at: start) == 0)
        cache.store(3, size: 100, for: "d", until: start + .seconds(60))
        #expect(cache.value(for: "b", at: start) == nil)
        #expect(["a", "c", "d"].map { cache.value(for: $0, at: start) } == [0, 2, 3])
        #expect(cache.bytes <= cache.maximumBytes)
        #expect(cache.evictions == 1)
    }

    @Test("Forgets when the time is over, also what nobody asks for again")
    func expires() {
        var cache = AnswerCache<String, Int>(maximumBytes: 10_000)
        cache.store(1, size: 10, for: "a", until: start + .seconds(5))
        #expect(cache.value(for: "a", at: start + .seconds(4)) == 1)
        #expect(cache.value(for: "a", at: start + .seconds(5)) == nil)
        #expect(cache.count == 0)
        #expect(cache.bytes == 0)
    }

    @Test("Stays within its bytes whatever is stored")
    func bounded() {
        var generator = SplitMix64(state: 3)
        var cache = AnswerCache<Int, Int>(maximumBytes: 50_000)
        for round in 0..<20_000 {
            cache.store(round, size: Int.random(in: 0...5000, using: &generator), for: round % 700, until: start + .seconds(60))
            _ = cache.value(for: Int.random(in: 0..<700, using: &generator), at: start)
            #expect(cache.bytes <= cache.maximumBytes)
        }
        #expect(cache.count > 5)
        cache.store(0, size: 60_000, for: -1, until: start + .seconds(60))
        #expect(cache.value(for: -1, at: start) == nil, "bigger than everything else together")
    }

    @Test("A newer answer replaces the older one")
    func replaces() {
        var cache = AnswerCache<String, Int>(maximumBytes: 10_000)
        cache.store(1, size: 10, for: "a", until: start + .seconds(5))
        cache.store(2, size: 10, for: "a", until: start + .seconds(9))
        #expect(cache.value(for: "a", at: start + .seconds(6)) == 2)
        #expect(cache.count == 1)
    }
}

@Suite("Call digest")
struct CallDigestTests {
    private func digest(
        _ workspace: Workspace = .default, model: String = "m", content: TaskRequest.Content = .prompt("Hello"),
        parameters: [String: JSONValue] = [:]
    ) -> CallDigest {
        CallDigest(workspace: workspace, model: model, content: content, parameters: TaskParameters(parameters))
    }

    @Test("The order of members and the spelling of a number make no difference")
    func canonical() throws {
        let one = try JSONValue.parse(#"{"a": 1, "tools": [{"x": 1, "y": {"b": 2, "c": 3.0}}]}"#)
        let other = try JSONValue.parse(#"{"tools": [{"y": {"c": 3, "b": 2}, "x": 1.0}], "a": 1}"#)
        #expect(one.canonicalBytes == other.canonicalBytes)
        #expect(digest(parameters: one.objectValue ?? [:]) == digest(parameters: other.objectValue ?? [:]))
        #expect(digest(content: .messages([["role": "user", "content": "Hello"]])) == digest())
    }

    @Test("Another tenant, model, text or parameter is another call")
    func differs() throws {
        let others = [
            digest(try #require(Workspace("acme"))), digest(model: "n"), digest(content: .prompt("hello")),
            digest(content: .input("Hello")), digest(parameters: ["temperature": 0]),
        ]
        #expect(Set(others + [digest()]).count == 6)
    }
}

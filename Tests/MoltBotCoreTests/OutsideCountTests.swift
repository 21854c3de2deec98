import MoltBotCore
import Testing

/// Events and headers are other programs' words: an absurd number in them is read as a large one, and sums go on.
@Suite("Counts from outside") struct OutsideCountTests {
    private static func outcome(_ members: String) throws -> TaskOutcome {
        let event = #"""
            {"specversion": "1.0", "id": "t-terminal", "source": "/moltbot/default", "type": "task.completed",
             "time": "2026-12-01T00:00:00Z",
             "data": {"task_id": "t", "workspace": "default", "status": "completed", \#(members)}}
            """#
        return try #require(try TaskEvent.decode(Array(event.utf8)).outcome)
    }

    @Test("Tokens are held to what can be added up", arguments: [(Int64.max, 1 << 40), (-1, 0), (Int64.min, 0), (12, 12)])
    func tokens(told: Int64, read: Int) throws {
        let outcome = try Self.outcome(#""usage": {"input_tokens": \#(told), "output_tokens": \#(told), "reasoning_tokens": \#(told)}"#)
        #expect(outcome.usage == Usage(inputTokens: read, outputTokens: read, reasoningTokens: read))
        #expect(Usage(inputTokens: Int(told)).inputTokens == read)
    }

    @Test("An attempt's number has one after it, whatever its header says")
    func attempts() throws {
        let attempts = TaskAttempt.decodeHistory(
            """
            [{"number": -9223372036854775808, "started_at": "2026-01-01T00:00:00Z", "duration_ms": -9223372036854775808},
             {"number": 9223372036854775807, "started_at": "2026-01-01T00:00:00Z", "duration_ms": 9223372036854775807}]
            """)
        #expect(attempts.map(\.number) == [0, 1_000_000])
        let again = TaskAttempt.decodeHistory(TaskAttempt.encodeHistory(attempts))
        #expect(again == attempts)
    }

    @Test("Costs have a finite sum", arguments: [("1e308", 1e9), ("-5", 0), ("0.25", 0.25)])
    func cost(told: String, read: Double) throws {
        #expect(try Self.outcome(#""cost_usd": \#(told)"#).cost == read)
    }

    @Test("The dearest call there may be has a cost that is read back as it is")
    func dearest() throws {
        let most = Usage(inputTokens: .max, outputTokens: .max)
        let cost = try #require(ModelPrices(["input_cost_per_token": 1000, "output_cost_per_token": 1000]).cost(of: most))
        #expect(try Self.outcome(#""cost_usd": \#(cost)"#).cost == cost)
    }
}

import MoltBotCore
import MoltBotLedger
import MoltBotMessaging

/// Puts completed tasks into a store, in batches as the stream hands them over.
struct Fill {
    private static let batch = 1000
    private static let start = Timestamp(millisecondsSinceEpoch: 1_790_000_000_000)
    private static let result = String(repeating: "An answer of a model has some length. ", count: 10)

    let tasks: Int

    func id(_ number: Int) -> TaskID {
        // Spread like ids that clients make: in the order of time, random in the rest.
        let tail = (UInt64(number) &* 0x9E37_79B9_7F4A_7C15) & 0xFFFF_FFFF_FFFF
        let digits = String(tail, radix: 16)
        return TaskID("01990000-\(String(10_000_000 + number))-\(String(repeating: "0", count: 12 - digits.count))\(digits)") ?? TaskID()
    }

    func run(_ store: LedgerStore) async throws {
        var spent = Duration.zero
        for first in stride(from: 0, to: tasks, by: Self.batch) {
            let entries = try entries(first..<min(first + Self.batch, tasks))
            let begin = ContinuousClock.now
            try await store.apply(LedgerBatch(entries: entries))
            spent += begin.duration(to: .now)
        }
        print("fill_entries_per_s \(Int(Double(tasks * 2) / (spent / .seconds(1))))")
    }

    private func entries(_ numbers: Range<Int>) throws -> [LedgerEntry] {
        try numbers.flatMap { number -> [LedgerEntry] in
            let id = id(number)
            let created = Self.start + .milliseconds(number)
            var task = LedgerTask(id: id, priority: 5, createdAt: created, model: "model-\(number % 10)")
            if number % 10 == 0 { task.metadata = ["customer": .string("c\(number % 1000)")] }
            if number % 20 == 0 { task.idempotencyKey = "key-\(number)" }
            var outcome = TaskOutcome(taskID: id, workspace: .default, status: number % 50 == 0 ? .failed : .completed)
            outcome.model = task.model
            outcome.createdAt = created
            outcome.startedAt = created + .milliseconds(5)
            outcome.completedAt = created + .milliseconds(800)
            outcome.result = Self.result
            outcome.usage = Usage(inputTokens: 12, outputTokens: 90)
            outcome.cost = 0.0001
            outcome.attempts = [TaskAttempt(number: 1, deployment: "primary", startedAt: created, duration: .milliseconds(795))]
            outcome.metadata = task.metadata
            let body = TaskEvent(outcome, at: created).encode()
            let event = try TaskEvent.decode(body)
            let offset = Int64(number) * 2
            return [
                LedgerEntry(offset: offset, content: .task(task), id: id.rawValue),
                LedgerEntry(offset: offset + 1, content: .event(event), id: event.id, body: body),
            ]
        }
    }
}

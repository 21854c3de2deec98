import MoltBotCore
import MoltBotLedger
import MoltBotMessaging

/// Reads at random from a filled store.
struct Lookups {
    private static let most = 20_000

    let tasks: Int
    let fill: Fill

    private var count: Int { min(Self.most, tasks / 10) }

    func run(_ store: LedgerStore) async throws {
        try await measure("task", count: count) { number in
            guard try await store.task(fill.id(number), in: .default)?.end != nil else { throw Missing() }
        }
        try await measure("answer", count: count) { number in
            let question = LedgerQuestion(taskID: TaskID(), workspace: .default, idempotencyKey: "key-\(number / 20 * 20)")
            _ = try await store.answers(to: [question])
        }
        try await list("list_status", store) { $0.statuses = [.failed] }
        try await list("list_model", store) { $0.model = "model-3" }
        try await list("list_metadata", store) { $0.metadata = ["customer": "c500"] }
        try await list("list_statuses_model", store) {
            $0.statuses = [.failed, .completed]; $0.model = "model-3"
        }
    }

    private func list(_ what: String, _ store: LedgerStore, _ change: (inout TaskFilter) -> Void) async throws {
        var filter = TaskFilter(workspace: .default)
        change(&filter)
        try await measure(what, count: 500) { _ in
            guard try await store.tasks(filter, limit: 50).tasks.count == 50 else { throw Missing() }
        }
    }

    private struct Missing: Error {}

    private func measure(_ what: String, count: Int, _ read: (Int) async throws -> Void) async throws {
        var times: [Duration] = []
        for _ in 0..<count {
            let number = Int.random(in: 0..<tasks)
            let begin = ContinuousClock.now
            try await read(number)
            times.append(begin.duration(to: .now))
        }
        Times(times).print(what)
    }
}

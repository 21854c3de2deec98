import AMQP
import Foundation
import Logging
import MoltBotCore
import MoltBotLedger
import MoltBotMessaging

/// Measures the ledger: entries a second into the file, then lookups in it.
///
///     LedgerBenchmark FOLDER TASKS [EVENTS]
///
/// Fills `FOLDER/ledger.sqlite` with TASKS completed tasks of two entries each (the task and its terminal event, 900 bytes), then reads
/// tasks, lists and answers at random. With EVENTS it also follows a stream of so many of them, on the broker that `MOLTBOT_BROKER_URL`
/// names, whose virtual host is empty. Prints `name value` lines.
@main struct LedgerBenchmark {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3, let tasks = Int(arguments[2]) else {
            return print("usage: LedgerBenchmark FOLDER TASKS [EVENTS]")
        }
        let store = try LedgerStore(
            path: arguments[1] + "/ledger.sqlite", logger: Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() })
        let fill = Fill(tasks: tasks)
        try await fill.run(store)
        try await Lookups(tasks: tasks, fill: fill).run(store)
        guard arguments.count > 3, let events = Int(arguments[3]) else { return }
        // Not as an argument: everybody on the machine can read those, and the URL has the password.
        let url = ProcessInfo.processInfo.environment["MOLTBOT_BROKER_URL"] ?? "amqp://guest:guest@127.0.0.1"
        try await Following(url: url, folder: arguments[1], events: events).run()
    }
}

/// Percentiles of times.
struct Times {
    private var sorted: [Duration]

    init(_ times: [Duration]) { sorted = times.sorted() }

    func print(_ name: String) {
        for (point, part) in [("p50", 0.5), ("p99", 0.99), ("max", 1)] {
            let index = min(sorted.count - 1, Int(Double(sorted.count) * part))
            Swift.print("\(name)_\(point)_us \(Int(sorted[index] / .microseconds(1)))")
        }
    }
}

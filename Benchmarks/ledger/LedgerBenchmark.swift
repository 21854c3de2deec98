import AMQP
import Foundation
import Logging
import MoltBotCore
import MoltBotLedger
import MoltBotMessaging

/// Measures the ledger: entries a second into the file, then lookups in it.
///
///     LedgerBenchmark FOLDER TASKS [AMQP-URL]
///
/// Fills `FOLDER/ledger.sqlite` with TASKS completed tasks of two entries each (the task and its terminal event, 900 bytes), then reads
/// tasks, lists and answers at random. With a URL of an empty virtual host it also follows a stream of 300,000 events there.
@main struct LedgerBenchmark {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3, let tasks = Int(arguments[2]) else {
            return print("usage: LedgerBenchmark FOLDER TASKS [AMQP-URL]")
        }
        let store = try LedgerStore(path: arguments[1] + "/ledger.sqlite", logger: Logger(label: "benchmark"))
        let fill = Fill(tasks: tasks)
        try await fill.run(store)
        try await Lookups(tasks: tasks, fill: fill).run(store)
        if arguments.count > 3 { try await Following(url: arguments[3], folder: arguments[1]).run() }
    }
}

/// Percentiles of times.
struct Times {
    private var sorted: [Duration]

    init(_ times: [Duration]) { sorted = times.sorted() }

    var text: String {
        func at(_ part: Double) -> String {
            let index = min(sorted.count - 1, Int(Double(sorted.count) * part))
            return "\(((sorted[index] / .milliseconds(1)) * 1000).rounded() / 1000) ms"
        }
        return "p50 \(at(0.5)), p99 \(at(0.99)), max \(at(1))"
    }
}

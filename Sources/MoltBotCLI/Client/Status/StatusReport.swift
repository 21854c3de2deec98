import MoltBotCore

/// What `GET /status` says, for people.
struct StatusReport {
    let status: JSONValue

    func print(to console: Console) throws(Console.Closed) {
        try console.print(summary)
        try print(queues, to: console)
        try print(models, to: console)
        try print(unhealthy, to: console)
    }

    private func print(_ table: TextTable?, to console: Console) throws(Console.Closed) {
        guard let table else { return }
        try console.print("")
        try console.print(table)
    }

    private var summary: DetailList {
        var list = DetailList()
        list.add("workspace", status["workspace"]?.stringValue)
        list.add("broker", status["broker"]?.stringValue)
        list.add("ledger", ledger)
        list.add("workers", Self.text(status["workers"]))
        list.add("running", Self.text(status["tasks"]?["running"]))
        list.add("waiting", waiting)
        if let rates = status["rates"] {
            list.add(
                "a minute",
                "\(Self.text(rates["submitted_per_minute"])) submitted, \(Self.text(rates["completed_per_minute"])) completed, "
                    + "\(Self.text(rates["failed_per_minute"])) failed")
        }
        list.add("cost", Self.cost(status))
        return list
    }

    private var ledger: String {
        let lag = Self.text(status["ledger"]?["lag_ms"])
        return status["ledger"]?["current"] == .bool(true) ? "current, \(lag) ms behind" : "behind: not read up to now within \(lag) ms"
    }

    /// All that are queued; their lanes are counted up to some number only.
    private var waiting: String {
        let lanes = Lane.allCases.sorted(by: >).compactMap { lane -> String? in
            guard let count = status["waiting"]?[lane.rawValue]?.integerValue, count > 0 else { return nil }
            return "\(count) \(lane.rawValue)"
        }
        return Self.text(status["tasks"]?["queued"]) + (lanes.isEmpty ? "" : ": " + lanes.joined(separator: ", "))
    }

    private var queues: TextTable? {
        var table = TextTable("QUEUE", "READY", "CONSUMERS")
        return Self.rows(status["queues"], &table) { queue, table in
            let lane = queue["lane"]?.stringValue ?? "-"
            table.add(lane == "all" ? "all lanes" : lane, Self.text(queue["ready"]), Self.text(queue["consumers"]))
        }
    }

    private var models: TextTable? {
        var table = TextTable("MODEL", "QUEUED", "RUNNING", "RETRYING", "COMPLETED", "FAILED", "COST")
        return Self.rows(status["models"], &table) { model, table in
            let tasks = model["tasks"]
            let failed = [TaskStatus.failed, .cancelled, .expired].reduce(0) { $0 + (tasks?[$1.rawValue]?.integerValue ?? 0) }
            table.add(
                model["model"]?.stringValue?.escapedLine ?? "(default)", Self.text(tasks?["queued"]), Self.text(tasks?["running"]),
                Self.text(tasks?["retrying"]), Self.text(tasks?["completed"]), "\(failed)",
                Self.cost(model))
        }
    }

    /// With a + when that of some tasks is missing.
    private static func cost(_ sums: JSONValue) -> String {
        guard let known = sums["cost_usd"]?.doubleValue else { return "unknown" }
        return Money.text(known) + ((sums["unpriced_tasks"]?.integerValue ?? 0) > 0 ? "+" : "")
    }

    private var unhealthy: TextTable? {
        var table = TextTable("UNHEALTHY", "KEY", "STATE", "UNTIL", "REASON")
        return Self.rows(status["unhealthy"], &table) { entry, table in
            table.add(
                entry["deployment"]?.stringValue?.escapedLine ?? "-", entry["key"]?.stringValue?.escapedLine ?? "-",
                Self.text(entry["state"]), Self.text(entry["until"]), entry["reason"]?.stringValue?.escapedLine ?? "-")
        }
    }

    /// Nil when there is none.
    private static func rows(_ elements: JSONValue?, _ table: inout TextTable, _ add: (JSONValue, inout TextTable) -> Void) -> TextTable? {
        guard let elements = elements?.arrayValue, !elements.isEmpty else { return nil }
        for element in elements { add(element, &table) }
        return table
    }

    private static func text(_ value: JSONValue?) -> String {
        guard let value, !value.isNull else { return "-" }
        return value.stringValue ?? "\(value)"
    }
}

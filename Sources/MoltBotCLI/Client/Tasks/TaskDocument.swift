import MoltBotCore

/// A task as the API tells of it.
struct TaskDocument: Sendable {
    let json: JSONValue

    init(_ json: JSONValue) {
        self.json = json
    }

    var id: String { text("task_id") ?? "" }
    var status: TaskStatus? { text("status").flatMap { TaskStatus(rawValue: $0) } }
    var statusText: String { text("status") ?? "-" }

    /// The answer, or why there is none.
    var result: String {
        if let error = json["error"], let type = error["type"]?.stringValue {
            return "\(type): \(error["message"]?.stringValue ?? "")"
        }
        if json["result_too_large"] == .bool(true) { return "(too large for the ledger; receivers of the event got it)" }
        return text("result") ?? json["message"].flatMap { $0.isNull ? nil : "\($0)" } ?? ""
    }

    /// Id, status and text, separated by tabs, as `moltbot submit --wait` has them.
    var line: String { "\(id)\t\(statusText)\t\(result.escapedLine)" }

    /// In US dollars; nil when a price is not known.
    var cost: String? { json["cost_usd"]?.doubleValue.map(Money.text) }

    /// From its start to its end.
    var duration: String? {
        guard let start = time("started_at") ?? time("created_at"), let end = time("completed_at") else { return nil }
        return "\((end - start).wholeMilliseconds) ms"
    }

    func text(_ name: String) -> String? { json[name]?.stringValue }

    private func time(_ name: String) -> Timestamp? { text(name).flatMap { Timestamp(rfc3339: $0) } }
}

/// Amounts of money as people read them.
enum Money {
    /// `$0.000012`: calls cost parts of a cent, so two digits say nothing.
    static func text(_ dollars: Double) -> String {
        // A sum that a node tells may be anything; this one is more money than there is.
        let millionths = Int64((min(max(dollars, 0), 1e12) * 1_000_000).rounded())
        let fraction = String(millionths % 1_000_000)
        return "$\(millionths / 1_000_000)." + String(repeating: "0", count: 6 - fraction.count) + fraction
    }
}

import MoltBotCore

/// One task with its history, for people.
struct TaskReport {
    let task: TaskDocument
    /// As `GET /tasks/{id}/history` has them.
    let lives: JSONValue

    func print(to console: Console) throws {
        try console.print(details)
        let attempts = attempts
        if let attempts {
            try console.print("")
            try console.print(attempts)
        }
        guard task.status?.isTerminal == true, !task.result.isEmpty else { return }
        try console.print("")
        // The lines stay lines; what would steer the terminal does not get there.
        for line in task.result.split(separator: "\n", omittingEmptySubsequences: false) { try console.print(String(line).shown) }
    }

    private var details: DetailList {
        var list = DetailList()
        list.add("task", task.id)
        list.add("status", task.statusText)
        list.add("workspace", task.text("workspace"))
        list.add("model", task.text("model"))
        list.add("answered by", answeredBy)
        list.add("priority", priority)
        list.add("batch", task.text("batch_id"))
        for (label, name) in [
            ("created", "created_at"), ("not before", "run_at"), ("deadline", "deadline"), ("started", "started_at"),
            ("ended", "completed_at"),
        ] { list.add(label, task.text(name)) }
        list.add("took", task.duration)
        list.add("tokens", tokens)
        list.add("cost", task.cost ?? (task.status == .completed ? "not known" : nil))
        list.add("finish reason", task.text("finish_reason"))
        list.add("cached", task.json["cached"] == .bool(true) ? "yes" : nil)
        list.add("idempotency", task.text("idempotency_key"))
        for (name, value) in (task.json["metadata"]?.objectValue ?? [:]).sorted(by: { $0.key < $1.key }) {
            list.add("metadata", "\(name)=\(value.stringValue ?? "\(value)")")
        }
        return list
    }

    private var answeredBy: String? {
        let names = [task.text("provider"), task.text("deployment")].compactMap(\.self)
        return names.isEmpty ? nil : names.joined(separator: ", deployment ")
    }

    private var priority: String? {
        guard let number = task.json["priority"]?.integerValue else { return task.text("lane") }
        return "\(number)" + (task.text("lane").map { " (\($0))" } ?? "")
    }

    private var tokens: String? {
        guard let usage = task.json["usage"], let input = usage["input_tokens"]?.integerValue,
            let output = usage["output_tokens"]?.integerValue
        else { return nil }
        let cached = usage["cached_input_tokens"]?.integerValue ?? 0
        let reasoning = usage["reasoning_tokens"]?.integerValue ?? 0
        return "\(input) in\(cached > 0 ? " (\(cached) cached)" : ""), \(output) out\(reasoning > 0 ? " (\(reasoning) reasoning)" : "")"
    }

    /// Nil when there was none yet.
    private var attempts: TextTable? {
        let lives = lives.arrayValue ?? []
        var table = TextTable("LIFE", "ATTEMPT", "STARTED", "TOOK", "DEPLOYMENT", "OUTCOME")
        var isEmpty = true
        for life in lives {
            for attempt in life["attempts"]?.arrayValue ?? [] {
                isEmpty = false
                let error = attempt["error"]?.objectValue
                let outcome = error.map { "\($0["type"]?.stringValue ?? "error"): \($0["message"]?.stringValue ?? "")" } ?? "answered"
                table.add(
                    "\((life["redrives"]?.integerValue ?? 0) + 1)", attempt["number"].map { "\($0)" } ?? "-",
                    attempt["started_at"]?.stringValue ?? "-", attempt["duration_ms"].map { "\($0) ms" } ?? "-",
                    attempt["deployment"]?.stringValue?.escapedLine ?? "-", outcome.escapedLine)
            }
        }
        return isEmpty ? nil : table
    }
}

extension String {
    /// A line of a text: its backslashes stay as they are.
    fileprivate var shown: String { contains { $0.isControl } ? escapedLine : self }
}

extension Character {
    fileprivate var isControl: Bool { unicodeScalars.contains { $0 != "\t" && ($0.value < 0x20 || (0x7F...0x9F).contains($0.value)) } }
}

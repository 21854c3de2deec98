import MoltBotCore

extension TopologyPlan {
    /// The plan for a person: one line for each thing to do or to know, then the counts.
    package func render() -> String {
        var lines: [String] = []
        for item in items {
            switch item.status {
            case .same, .unknown: continue
            case .create: lines.append("+ \(item.object)")
            case .update(let differences): lines.append("~ \(item.object): \(differences.text)")
            case .differs(let differences, let migration):
                lines.append("! \(item.object): \(differences.text)")
                lines.append("    \(migration)")
            case .down(let remedy):
                lines.append("! \(item.object) is down")
                lines.append("    \(remedy)")
            case .extra: lines.append("  \(item.object) is not in the file; it is left alone")
            }
        }
        lines += unknownLines
        lines.append(summary)
        return lines.joined(separator: "\n") + "\n"
    }

    /// What could not be checked, one line for each kind of object and reason.
    package var unknownLines: [String] {
        var lines: [String] = []
        for kind in TopologyObject.Kind.allCases {
            var counts: [(reason: String, count: Int)] = []
            for item in items where item.object.kind == kind {
                guard case .unknown(let reason) = item.status else { continue }
                if let index = counts.firstIndex(where: { $0.reason == reason }) {
                    counts[index].count += 1
                } else {
                    counts.append((reason, 1))
                }
            }
            lines += counts.map { "? \($0.count) \(kind.plural) not checked: \($0.reason)" }
        }
        return lines
    }

    private var summary: String {
        let counts = Dictionary(grouping: items) { $0.status.word }.mapValues(\.count)
        let parts = [
            ("create", "to create"), ("update", "to update"), ("differs", "in conflict"), ("down", "down"), ("same", "as declared"),
            ("extra", "extra"),
            ("unknown", "not checked"),
        ].compactMap { word, label in counts[word].map { "\($0) \(label)" } }
        return "Virtual host \(virtualHost): " + parts.joined(separator: ", ")
    }

    /// The plan for a program, as one JSON object: `virtual_host`, `clean`, and `items` of `kind`, `name`, `status`
    /// (`same`, `create`, `update`, `differs`, `down`, `extra`, `unknown`), `differences` and `remedy`.
    package var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("virtual_host", virtualHost)
        writer.member("clean", isClean)
        writer.name("items")
        writer.beginArray()
        for item in items { item.write(to: &writer) }
        writer.endArray()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

extension TopologyPlan.Item {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("kind", object.kind.rawValue)
        writer.member("name", object.name)
        writer.member("status", status.word)
        writer.name("differences")
        writer.beginArray()
        for difference in status.differences {
            writer.beginObject()
            writer.member("what", difference.what)
            writer.member("file", difference.file)
            writer.member("broker", difference.broker)
            writer.endObject()
        }
        writer.endArray()
        writer.member("remedy", status.remedy)
        writer.endObject()
    }
}

extension TopologyPlan.Status {
    fileprivate var word: String {
        switch self {
        case .same: "same"
        case .create: "create"
        case .update: "update"
        case .differs: "differs"
        case .down: "down"
        case .extra: "extra"
        case .unknown: "unknown"
        }
    }

    fileprivate var differences: [TopologyPlan.Difference] {
        switch self {
        case .update(let differences), .differs(let differences, _): differences
        case .same, .create, .down, .extra, .unknown: []
        }
    }

    fileprivate var remedy: String? {
        switch self {
        case .differs(_, let migration): migration
        case .down(let remedy): remedy
        case .unknown(let reason): reason
        case .same, .create, .update, .extra: nil
        }
    }
}

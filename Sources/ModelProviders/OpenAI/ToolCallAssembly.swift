import MoltBotCore

/// Puts tool calls together that come whole or in fragments.
///
/// OpenAI sends id and name in a call's first fragment and the arguments in pieces, told apart by `index`. Others leave the index out
/// (Google), give every call index 0 (Ollama), repeat the name in each fragment, send arguments as an object, or no id at all.
struct ToolCallAssembly {
    private struct Entry {
        var index: Int64?
        var id = ""
        var name = ""
        var arguments = ""
        var extraContent: JSONValue?
    }

    private var entries: [Entry] = []

    mutating func add(_ fragment: JSONValue) {
        let position = position(of: fragment)
        var entry = entries[position]
        if entry.id.isEmpty { entry.id = fragment["id"]?.stringValue ?? "" }
        if let name = fragment["function"]?["name"]?.stringValue, name != entry.name { entry.name += name }
        switch fragment["function"]?["arguments"] {
        case .string(let text): entry.arguments += text
        case .object(let members): entry.arguments = JSONValue.object(members).description
        default: break
        }
        entry.extraContent = fragment["extra_content"] ?? entry.extraContent
        entries[position] = entry
    }

    /// In the order of their indexes; those without one in the order they came.
    func calls(_ naming: ToolCallNaming) -> [ToolCall] {
        let ordered = entries.enumerated().sorted {
            ($0.element.index ?? Int64($0.offset), $0.offset) < ($1.element.index ?? Int64($1.offset), $1.offset)
        }
        return ordered.enumerated().map { position, entry in
            let entry = entry.element
            return ToolCall(
                id: entry.id.isEmpty ? naming.id(position) : entry.id, name: entry.name,
                arguments: entry.arguments.isEmpty ? "{}" : entry.arguments, extraContent: entry.extraContent)
        }
    }

    /// The entry that the fragment continues, or a new one.
    private mutating func position(of fragment: JSONValue) -> Int {
        let index = fragment["index"]?.integerValue
        let candidate = index == nil ? entries.indices.last : entries.lastIndex { $0.index == index }
        if let candidate, !isNew(fragment, beside: entries[candidate], hasIndex: index != nil) { return candidate }
        entries.append(Entry(index: index))
        return entries.count - 1
    }

    /// A second call under an index that is taken: it has a name and another id. (An id alone is not enough: some vLLM versions made up a
    /// new one for each fragment.) Without index and id, a name begins a call.
    private func isNew(_ fragment: JSONValue, beside entry: Entry, hasIndex: Bool) -> Bool {
        guard let name = fragment["function"]?["name"]?.stringValue, !name.isEmpty else { return false }
        guard let id = fragment["id"]?.stringValue, !id.isEmpty else { return !hasIndex }
        return id != entry.id && !entry.id.isEmpty
    }
}

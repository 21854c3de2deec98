/// One thing in detail, for people: labels and what they stand for, the texts below each other.
struct DetailList: Sendable {
    private var rows: [(label: String, text: String)] = []

    /// Nil is left out.
    mutating func add(_ label: String, _ text: String?) {
        if let text { rows.append((label, text.escapedLine)) }
    }

    var lines: [String] {
        let width = (rows.map(\.label.count).max() ?? 0) + 2
        return rows.map { label, text in label + String(repeating: " ", count: width - label.count) + text }
    }
}

extension Console {
    func print(_ list: DetailList) throws(Closed) {
        for line in list.lines { try print(line) }
    }
}

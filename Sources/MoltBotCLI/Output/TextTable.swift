/// Rows under headings, each column as wide as its longest cell: for lists that people read.
struct TextTable: Sendable {
    private let headings: [String]
    private var rows: [[String]] = []

    init(_ headings: String...) {
        self.headings = headings
    }

    /// As many cells as there are headings.
    mutating func add(_ cells: String...) {
        rows.append(cells)
    }

    /// The lines, without trailing blanks.
    var lines: [String] {
        let all = [headings] + rows
        let widths = headings.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            let padded = zip(row, widths).map { cell, width in cell + String(repeating: " ", count: width - cell.count) }
            let line = padded.joined(separator: "  ")
            return String(line.prefix(line.count - line.reversed().prefix { $0 == " " }.count))
        }
    }
}

extension Console {
    func print(_ table: TextTable) throws(Closed) {
        for line in table.lines { try print(line) }
    }
}

import Yams

/// What is wrong with a file, gathered while it is read, so that one run names everything.
struct FileProblems {
    let fileName: String
    private var found: [(line: Int, column: Int, text: String)] = []

    init(fileName: String) { self.fileName = fileName }

    var isEmpty: Bool { found.isEmpty }

    /// `file:line:column: what is wrong`, in the order of the file.
    var lines: [String] {
        found.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
            .map { "\(fileName):\($0.line):\($0.column): \($0.text)" }
    }

    mutating func report(_ text: String, at node: Node) {
        report(text, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }

    /// Lines and columns count from 1.
    mutating func report(_ text: String, line: Int, column: Int) {
        found.append((line, column, text))
    }
}

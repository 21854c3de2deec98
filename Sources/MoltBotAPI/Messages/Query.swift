internal import HTTPTypes
internal import Hummingbird
internal import MoltBotCore

/// The query of a request's address. Names that an endpoint does not know are refused: a misspelt filter must not look like one that
/// matches everything.
struct Query {
    private static let workspaceName = "workspace"

    private let items: [(name: String, value: String)]

    /// - Parameters:
    ///   - known: the names that the endpoint takes, beside `workspace`.
    ///   - prefixes: names that start like this are taken as well, such as `metadata.`.
    init(_ request: Request, known: [String], prefixes: [String] = []) throws(Problem) {
        let known = known + [Self.workspaceName]
        var items: [(name: String, value: String)] = []
        for item in (request.uri.query ?? "").split(separator: "&") {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(parts[0], plusIsSpace: true),
                let value = PercentEncoding.decode(parts.count > 1 ? parts[1] : "", plusIsSpace: true)
            else { throw .invalidQuery(String(parts[0].prefix(64)), expected: "percent-encoded UTF-8", got: String(item)) }
            guard known.contains(name) || prefixes.contains(where: { name.hasPrefix($0) && name.utf8.count > $0.utf8.count }) else {
                throw Self.unknown(name, known: known)
            }
            guard !items.contains(where: { $0.name == name }) else {
                throw .invalid("invalid-query", "A query parameter is wrong", fields: [FieldProblem(path: name, message: "given twice")])
            }
            items.append((name, value))
        }
        self.items = items
    }

    subscript(name: String) -> String? { items.first { $0.name == name }?.value }

    /// What follows the prefix in each name that has it, with its value.
    func values(withPrefix prefix: String) -> [String: String] {
        let matching = items.filter { $0.name.hasPrefix(prefix) }.map { (String($0.name.dropFirst(prefix.count)), $0.value) }
        return Dictionary(matching) { first, _ in first }
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = self[name] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw .invalidQuery(name, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)", got: text)
        }
        return number
    }

    /// Seconds, also with a fraction.
    func seconds(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Duration? {
        guard let text = self[name] else { return nil }
        guard let seconds = Double(text), seconds >= Double(range.lowerBound), seconds <= Double(range.upperBound) else {
            throw .invalidQuery(name, expected: "seconds from \(range.lowerBound) to \(range.upperBound)", got: text)
        }
        return .milliseconds(Int64(seconds * 1000))
    }

    func timestamp(_ name: String) throws(Problem) -> Timestamp? {
        guard let text = self[name] else { return nil }
        guard let time = Timestamp(rfc3339: text) else {
            throw .invalidQuery(name, expected: "an RFC 3339 time such as 2026-12-01T00:00:00Z", got: text)
        }
        return time
    }

    /// The value of the parameter that every address takes; nil where it is not given.
    static func workspace(_ query: String?) throws(Problem) -> String? {
        for item in (query ?? "").split(separator: "&") where item == workspaceName || item.hasPrefix(workspaceName + "=") {
            let value = item.dropFirst(workspaceName.count + 1)
            guard let text = PercentEncoding.decode(value, plusIsSpace: true) else {
                throw .invalidQuery(workspaceName, expected: "percent-encoded UTF-8", got: String(item))
            }
            return text
        }
        return nil
    }

    private static func unknown(_ name: String, known: [String]) -> Problem {
        let hint =
            Spelling.nearest(to: name, in: known).map { "unknown parameter; did you mean \"\($0)\"?" }
            ?? "unknown parameter; there are \(known.joined(separator: ", "))"
        return .invalid("invalid-query", "A query parameter is wrong", fields: [FieldProblem(path: String(name.prefix(64)), message: hint)])
    }
}

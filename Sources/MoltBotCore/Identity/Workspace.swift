/// A tenant's share of MoltBot: it has its own task queue, and its name is the first word of routing keys.
package struct Workspace: Sendable, Hashable, CustomStringConvertible {
    /// The workspace that exists from the start.
    package static let `default` = Workspace(trusted: "default")

    package static let rule = "1 to 63 characters a-z, 0-9, '-' and '_', starting with a letter or a digit"

    package let name: String

    /// Nil when the name breaks ``rule``. A dot would split the routing key, so it is never allowed.
    package init?(_ name: String) {
        guard (1...63).contains(name.utf8.count), let first = name.utf8.first, first.isLowercaseLetterOrDigit,
            name.utf8.allSatisfy({ $0.isLowercaseLetterOrDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") })
        else { return nil }
        self.name = name
    }

    private init(trusted name: String) {
        self.name = name
    }

    package var description: String { name }
}

extension UInt8 {
    fileprivate var isLowercaseLetterOrDigit: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
    }
}

/// The rule for names that become one word of a queue name and of a routing key: workspaces, webhook endpoints.
package enum WorkspaceName {
    /// Why `name` can't be used, as the end of the sentence "workspace 'x' ...", or nil when it can.
    ///
    /// `tasks` and `deliveries` are refused because `moltbot.delay` finds a destination by `#.tasks.<workspace>.#`: with a
    /// workspace called `tasks`, the key `tasks.tasks.high` would also reach the queue of a workspace called `high`.
    package static func reasonToRefuse(_ name: String) -> String? {
        guard let first = name.utf8.first, name.utf8.count <= 100 else { return "must have 1 to 100 characters" }
        guard name.utf8.allSatisfy(isWordCharacter), first != UInt8(ascii: "-"), first != UInt8(ascii: "_") else {
            return "may only have a-z, 0-9, '-' and '_', and starts with a letter or digit"
        }
        guard !reserved.contains(name) else { return "is a word of MoltBot's own routing keys: choose another name" }
        return nil
    }

    static func isValid(_ name: String) -> Bool { reasonToRefuse(name) == nil }

    private static let reserved: Set<String> = ["tasks", "deliveries"]

    private static func isWordCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

import MoltBotCore

/// The rule for names that become one word of a queue name and of a routing key: workspaces, webhook endpoints.
enum RoutingWord {
    /// Why `name` can't be used, as the end of the sentence "workspace 'x' ...", or nil when it can.
    ///
    /// `tasks` and `deliveries` are refused because `moltbot.delay` finds a destination by `#.tasks.<workspace>.#`: with a
    /// workspace called `tasks`, the key `tasks.tasks.high` would also reach the queue of a workspace called `high`.
    static func reasonToRefuse(_ name: String) -> String? {
        guard Workspace(name) != nil else { return "must have \(Workspace.rule)" }
        guard !reserved.contains(name) else { return "is a word of MoltBot's own routing keys: choose another name" }
        return nil
    }

    private static let reserved: Set<String> = ["tasks", "deliveries"]
}

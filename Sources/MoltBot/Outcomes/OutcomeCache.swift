/// The outcomes of this client's own tasks that came last, up to a number of bytes: most are asked for soon after they came.
struct OutcomeCache: Sendable {
    private struct Entry {
        var event: MoltBot.Event
        /// Its place in the order of arrival.
        var number: Int
        var bytes: Int
    }

    /// What an outcome takes beside its texts, roughly.
    private static let baseBytes = 1024

    private let maximumBytes: Int
    private var entries: [String: Entry] = [:]
    /// Task ids by their place; a place whose entry has gone is skipped.
    private var order: [Int: String] = [:]
    private var first = 0
    private var next = 0
    private var bytes = 0
    /// True once an outcome had to go: an unknown task may then be one that has ended.
    private(set) var hasForgotten = false

    init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    subscript(taskID: String) -> MoltBot.Outcome? { entries[taskID]?.event.outcome }

    /// - Returns: whether it is news: the same event may come twice, and the first one counts. A task that was put back after its end
    ///   ends again, by another event.
    mutating func add(_ event: MoltBot.Event) -> Bool {
        if let known = entries[event.taskID] {
            guard known.event.id != event.id else { return false }
            remove(event.taskID)
        }
        let size = Self.size(of: event.outcome)
        entries[event.taskID] = Entry(event: event, number: next, bytes: size)
        order[next] = event.taskID
        next += 1
        bytes += size
        while bytes > maximumBytes, first < next {
            if let oldest = order[first] {
                remove(oldest)
                hasForgotten = true
            }
            first += 1
        }
        return true
    }

    private mutating func remove(_ taskID: String) {
        guard let entry = entries.removeValue(forKey: taskID) else { return }
        order[entry.number] = nil
        bytes -= entry.bytes
    }

    private static func size(of outcome: MoltBot.Outcome) -> Int {
        // The message repeats the text of the result.
        baseBytes + 2 * (outcome.result?.utf8.count ?? 0) + (outcome.result == nil ? outcome.message.map(size) ?? 0 : 0)
    }

    private static func size(of json: MoltBot.JSON) -> Int {
        switch json {
        case .null, .bool, .integer, .number: 16
        case .string(let text): 16 + text.utf8.count
        case .array(let elements): elements.reduce(16) { $0 + size(of: $1) }
        case .object(let members): members.reduce(16) { $0 + 16 + $1.key.utf8.count + size(of: $1.value) }
        }
    }
}

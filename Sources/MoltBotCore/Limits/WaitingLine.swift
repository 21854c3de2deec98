/// Who waits for capacity that comes free: the highest priority first, the longest wait within one priority. Pure.
package struct WaitingLine<Ticket: Hashable & Sendable>: Sendable {
    private struct Place: Sendable {
        let ticket: Ticket
        let priority: Int
    }

    /// In the order in which they get their turn.
    private var places: [Place] = []

    package init() {}

    package var count: Int { places.count }
    package var isEmpty: Bool { places.isEmpty }
    package var highestPriority: Int? { places.first?.priority }

    package mutating func join(_ ticket: Ticket, priority: Int) {
        let position = places.partitioningIndex { $0.priority < priority }
        places.insert(Place(ticket: ticket, priority: priority), at: position)
    }

    /// The next one, who leaves the line.
    package mutating func next() -> Ticket? {
        places.isEmpty ? nil : places.removeFirst().ticket
    }

    /// The next one if it goes before somebody of that priority who has capacity already.
    package mutating func next(above priority: Int) -> Ticket? {
        guard let highest = highestPriority, highest > priority else { return nil }
        return next()
    }

    /// - Returns: false when the ticket has had its turn already.
    package mutating func leave(_ ticket: Ticket) -> Bool {
        guard let position = places.firstIndex(where: { $0.ticket == ticket }) else { return false }
        places.remove(at: position)
        return true
    }

    /// How many would get their turn before a newcomer of that priority.
    package func ahead(of priority: Int) -> Int { places.partitioningIndex { $0.priority < priority } }
}

extension Array {
    /// The first position whose element satisfies the condition, in an array where all that do come last.
    fileprivate func partitioningIndex(where isBehind: (Element) -> Bool) -> Int {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

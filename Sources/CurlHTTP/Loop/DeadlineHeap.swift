/// Transfers by their next deadline. Each knows its place, so one that ends early leaves at once instead of filling the heap.
struct DeadlineHeap {
    private struct Entry {
        let deadline: UInt64
        let transfer: Transfer
    }

    private var entries: [Entry] = []

    /// The earliest deadline, on the loop's clock.
    var next: UInt64? { entries.first?.deadline }

    /// Puts the transfer where its current deadline belongs, or takes it out when it has none.
    mutating func update(_ transfer: Transfer) {
        remove(transfer)
        guard let deadline = transfer.deadline?.at else { return }
        entries.append(Entry(deadline: deadline, transfer: transfer))
        transfer.deadlineIndex = entries.count - 1
        rise(entries.count - 1)
    }

    mutating func remove(_ transfer: Transfer) {
        guard let index = transfer.deadlineIndex else { return }
        exchange(index, entries.count - 1)
        entries.removeLast()
        transfer.deadlineIndex = nil
        if index < entries.count {
            sink(index)
            rise(index)
        }
    }

    /// Takes out the earliest if it is due.
    mutating func popDue(_ now: UInt64) -> Transfer? {
        guard let first = entries.first, first.deadline <= now else { return nil }
        remove(first.transfer)
        return first.transfer
    }

    private mutating func rise(_ start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard entries[index].deadline < entries[parent].deadline else { return }
            exchange(index, parent)
            index = parent
        }
    }

    private mutating func sink(_ start: Int) {
        var index = start
        while true {
            var smallest = index
            for child in [2 * index + 1, 2 * index + 2]
            where child < entries.count && entries[child].deadline < entries[smallest].deadline {
                smallest = child
            }
            guard smallest != index else { return }
            exchange(index, smallest)
            index = smallest
        }
    }

    private mutating func exchange(_ left: Int, _ right: Int) {
        entries.swapAt(left, right)
        entries[left].transfer.deadlineIndex = left
        entries[right].transfer.deadlineIndex = right
    }
}

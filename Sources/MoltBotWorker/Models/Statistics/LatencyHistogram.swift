/// How long calls took, in classes that grow by an eighth: percentiles within 12 %, in a kilobyte however many calls there are.
package struct LatencyHistogram: Sendable, Equatable {
    /// From 0.1 ms on; the last class has everything above some minutes.
    private static let classes = 128
    private static let smallest = 0.1
    private static let growth = 1.125
    /// Calls of one class. The counts of other processes are their word, and all classes together must not overflow.
    private static let largestCount = 1 << 48

    /// Calls by class.
    package private(set) var counts = [Int](repeating: 0, count: classes)
    package private(set) var count = 0

    package init() {}

    /// Adds another one's counts; classes that it does not have count as the last.
    package mutating func add(_ others: [Int]) {
        for (index, number) in others.enumerated() {
            let index = min(index, Self.classes - 1)
            let sum = min(counts[index] + min(max(number, 0), Self.largestCount), Self.largestCount)
            count += sum - counts[index]
            counts[index] = sum
        }
    }

    package mutating func record(_ duration: Duration) {
        let milliseconds = duration / .milliseconds(1)
        counts[Self.index(of: milliseconds)] += 1
        count += 1
    }

    /// The time within which that part of the calls (0 to 1) had ended; nil before the first one.
    package func percentile(_ part: Double) -> Duration? {
        guard count > 0 else { return nil }
        let wanted = max(1, Int((Double(count) * part).rounded(.up)))
        var seen = 0
        for (index, number) in counts.enumerated() {
            seen += number
            if seen >= wanted { return .milliseconds(1) * Self.upperEnd(of: index) }
        }
        return nil
    }

    private static func index(of milliseconds: Double) -> Int {
        // By doubling and halving: the standard library has no logarithm.
        var low = 0
        var high = classes - 1
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] >= milliseconds { high = middle } else { low = middle + 1 }
        }
        return low
    }

    private static func upperEnd(of index: Int) -> Double { ends[index] }

    private static let ends: [Double] = {
        var end = smallest
        return (0..<classes).map { _ in
            defer { end *= growth }
            return end
        }
    }()
}

/// How urgent a task is: the second word of its routing key, and its AMQP priority when it has none of its own.
package enum Lane: String, Sendable, CaseIterable, Comparable {
    case low
    case normal
    case high
    case critical

    package static let priorities = 0...10

    package var priority: UInt8 {
        switch self {
        case .low: 1
        case .normal: 5
        case .high: 8
        case .critical: 10
        }
    }

    /// The lane a priority belongs to: the highest lane whose own priority it reaches; anything below normal is low.
    package static func lane(forPriority priority: Int) -> Lane {
        switch priority {
        case ..<5: .low
        case ..<8: .normal
        case ..<10: .high
        default: .critical
        }
    }

    package static func < (left: Lane, right: Lane) -> Bool { left.priority < right.priority }
}

/// Which arguments and policy settings RabbitMQ 3.10 takes, for which objects and with which values.
///
/// Source: the queue types' `capabilities` in RabbitMQ 3.10.8, checked by declaring each on that version. The broker ignores
/// an argument that it does not know; here it is an error, since a misspelt limit would be no limit.
struct ArgumentRules {
    enum Shape {
        case bool
        case integer(ClosedRange<Int64>)
        case text
        case oneOf([String])
        /// A stream's age, such as `7D`.
        case age
    }

    let name: String
    let types: [Topology.QueueType]
    let shape: Shape

    static let queue: [ArgumentRules] = [
        ArgumentRules(name: "x-max-priority", types: [.classic], shape: .integer(1...255)),
        ArgumentRules(name: "x-queue-mode", types: [.classic], shape: .oneOf(["default", "lazy"])),
        ArgumentRules(name: "x-message-ttl", types: [.classic, .quorum], shape: .integer(0...longestTime)),
        ArgumentRules(name: "x-expires", types: [.classic, .quorum], shape: .integer(1...longestTime)),
        ArgumentRules(name: "x-dead-letter-exchange", types: [.classic, .quorum], shape: .text),
        ArgumentRules(name: "x-dead-letter-routing-key", types: [.classic, .quorum], shape: .text),
        ArgumentRules(name: "x-dead-letter-strategy", types: [.quorum], shape: .oneOf(["at-least-once", "at-most-once"])),
        ArgumentRules(name: "x-overflow", types: [.classic, .quorum], shape: .oneOf(["drop-head", "reject-publish"])),
        ArgumentRules(name: "x-max-length", types: [.classic, .quorum], shape: .integer(0...Int64.max)),
        ArgumentRules(name: "x-max-length-bytes", types: [.classic, .quorum, .stream], shape: .integer(0...Int64.max)),
        ArgumentRules(name: "x-delivery-limit", types: [.quorum], shape: .integer(0...Int64.max)),
        ArgumentRules(name: "x-single-active-consumer", types: [.classic, .quorum], shape: .bool),
        ArgumentRules(name: "x-max-age", types: [.stream], shape: .age),
        ArgumentRules(name: "x-stream-max-segment-size-bytes", types: [.stream], shape: .integer(1...3_000_000_000)),
        ArgumentRules(name: "x-quorum-initial-group-size", types: [.quorum], shape: .integer(1...255)),
        ArgumentRules(name: "x-initial-cluster-size", types: [.stream], shape: .integer(1...255)),
        ArgumentRules(name: "x-queue-leader-locator", types: [.quorum, .stream], shape: .oneOf(["client-local", "balanced"])),
        // Only an export writes it: see Topology.Queue.declaredArguments.
        ArgumentRules(name: "x-queue-type", types: [.classic], shape: .oneOf(["classic"])),
    ]

    static let exchange: [ArgumentRules] = [ArgumentRules(name: "alternate-exchange", types: [], shape: .text)]

    static let policy: [ArgumentRules] =
        exchange
        + queue.filter { policySettings.contains($0.name) }.map {
            ArgumentRules(name: String($0.name.dropFirst(2)), types: $0.types, shape: $0.shape)
        }

    private static let policySettings: Set<String> = [
        "x-queue-mode", "x-message-ttl", "x-expires", "x-dead-letter-exchange", "x-dead-letter-routing-key", "x-dead-letter-strategy",
        "x-overflow",
        "x-max-length", "x-max-length-bytes", "x-delivery-limit", "x-max-age", "x-stream-max-segment-size-bytes",
        "x-queue-leader-locator",
    ]

    /// RabbitMQ's timers take 32 bits of milliseconds, 49 days.
    private static let longestTime: Int64 = 4_294_967_295

    /// What is wrong with a value, as the end of the sentence "'x-max-priority' ...", or nil.
    func reasonToRefuse(_ value: TopologyValue) -> String? {
        switch (shape, value) {
        case (.bool, .bool), (.text, .string): nil
        case (.bool, _): "is \(value), but must be true or false"
        case (.text, _): "is \(value), but must be text"
        case (.integer(let range), .integer(let number)):
            range.contains(number)
                ? nil : "is \(number), out of range: \(range.lowerBound) to \(range.upperBound)"
        case (.integer, _): "is '\(value)', but must be a whole number"
        case (.oneOf(let choices), .string(let text)) where choices.contains(text): nil
        case (.oneOf(let choices), _): "is '\(value)', but must be \(choices.joined(separator: " or "))"
        case (.age, .string(let text)) where text.wholeMatch(of: /\d+[YMDhms]/) != nil: nil
        case (.age, _): "is '\(value)', but must be a number and one of Y, M, D, h, m, s, such as 7D"
        }
    }
}

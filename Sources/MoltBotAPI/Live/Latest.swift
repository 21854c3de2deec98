internal import Synchronization

/// A value that one task changes and another one reads afterwards.
final class Latest<Value: Sendable>: Sendable {
    private let current: Mutex<Value>

    init(_ value: Value) {
        current = Mutex(value)
    }

    var value: Value { current.withLock(\.self) }

    func change<Result: Sendable>(_ body: (inout sending Value) -> Result) -> Result { current.withLock { body(&$0) } }
}

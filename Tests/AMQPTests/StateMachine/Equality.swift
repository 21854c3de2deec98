@testable import AMQP

// Actions are compared only in tests, so they are `Equatable` only here. Errors are equal when a program would treat them alike.

extension AMQPError: Equatable {
    static func == (a: AMQPError, b: AMQPError) -> Bool { a.code == b.code && a.replyCode == b.replyCode }

    /// An error to compare with.
    static func expected(_ code: Code, _ replyCode: UInt16? = nil) -> AMQPError { AMQPError(code, "", replyCode: replyCode) }
}

extension ConnectionStateMachine.Action: Equatable {
    static func == (a: Self, b: Self) -> Bool {
        switch (a, b) {
        case (.none, .none), (.sendProtocolHeader, .sendProtocolHeader), (.unblocked, .unblocked): true
        case (.send(let a), .send(let b)): a == b
        case (.tune(let a, let x), .tune(let b, let y)): a == b && x == y
        case (.opened(let a, let x), .opened(let b, let y)): a == b && x == y
        case (.blocked(let a), .blocked(let b)): a == b
        case (.fail(let a, let x), .fail(let b, let y)): a == b && x == y
        default: false
        }
    }
}

extension ChannelStateMachine.Action: Equatable where Call: Equatable {
    static func == (a: Self, b: Self) -> Bool {
        switch (a, b) {
        case (.none, .none): true
        case (.answer(let a, let x), .answer(let b, let y)): a == b && x == y
        case (.contentBegan(let a), .contentBegan(let b)): a == b
        case (.confirmed(let a, let m, let x), .confirmed(let b, let n, let y)): a == b && m == n && x == y
        case (.consumerCancelled(let a, let x), .consumerCancelled(let b, let y)): a == b && x == y
        case (.send(let a), .send(let b)): a == b
        case (.closed(let a, let m, let x), .closed(let b, let n, let y)): a == b && m == n && x == y
        case (.violation(let a), .violation(let b)): a == b
        default: false
        }
    }
}

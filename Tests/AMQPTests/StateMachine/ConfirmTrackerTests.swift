import Testing

@testable import AMQP

@Suite("Publisher confirms")
struct ConfirmTrackerTests {
    private typealias Tracker = ConfirmTracker<Int>
    private static let address = Tracker.Address(exchange: "e", routingKey: "k", messageID: nil)

    private static func tracker(_ count: Int, address: Tracker.Address? = nil) -> Tracker {
        var tracker = Tracker()
        for token in 1...count { tracker.published(token, address: address) }
        return tracker
    }

    @Test("numbers start at 1 and acks resolve singly or up to a number")
    func acks() {
        var tracker = Tracker()
        #expect(tracker.published(10, address: nil) == 1)
        #expect(tracker.published(20, address: nil) == 2)
        #expect(tracker.published(30, address: nil) == 3)
        #expect(tracker.confirmed(2, isMultiple: false, isAck: true).map(\.0) == [20])
        let rest = tracker.confirmed(3, isMultiple: true, isAck: false)
        #expect(rest.map(\.0) == [10, 30])
        #expect(rest.map(\.1) == [.refused, .refused])
        #expect(tracker.openCount == 0)
        #expect(tracker.published(40, address: nil) == 4)
    }

    @Test("tag 0 with multiple means all; unknown and repeated tags mean nothing")
    func oddTags() {
        var tracker = Self.tracker(3)
        #expect(tracker.confirmed(0, isMultiple: false, isAck: true).isEmpty)
        #expect(tracker.confirmed(4, isMultiple: true, isAck: true).isEmpty)
        #expect(tracker.confirmed(.max, isMultiple: true, isAck: true).isEmpty)
        #expect(tracker.confirmed(0, isMultiple: true, isAck: true).map(\.0) == [1, 2, 3])
        #expect(tracker.confirmed(0, isMultiple: true, isAck: true).isEmpty)
        #expect(tracker.confirmed(2, isMultiple: true, isAck: true).isEmpty)
    }

    @Test("a return marks the first open publish to its address, and the ack that follows resolves it as returned")
    func returns() {
        var tracker = Self.tracker(3, address: Self.address)
        tracker.returned(.init(exchange: "e", routingKey: "other", messageID: nil), replyCode: 312, replyText: "NO_ROUTE")
        tracker.returned(Self.address, replyCode: 312, replyText: "NO_ROUTE")
        tracker.returned(Self.address, replyCode: 312, replyText: "NO_ROUTE")
        let outcomes = tracker.confirmed(3, isMultiple: true, isAck: true).map(\.1)
        let returned = Tracker.Outcome.returned(replyCode: 312, replyText: "NO_ROUTE")
        #expect(outcomes == [returned, returned, .stored])
    }

    @Test("message ids tell messages to one address apart")
    func returnsByID() {
        var tracker = Tracker()
        for id in ["a", "b", "c"] { tracker.published(0, address: .init(exchange: "e", routingKey: "k", messageID: id)) }
        tracker.returned(.init(exchange: "e", routingKey: "k", messageID: "b"), replyCode: 312, replyText: "NO_ROUTE")
        let outcomes = tracker.confirmed(3, isMultiple: true, isAck: true).map(\.1)
        #expect(outcomes == [.stored, .returned(replyCode: 312, replyText: "NO_ROUTE"), .stored])
    }

    @Test("publishes given up are forgotten, and their late confirms resolve nothing")
    func timeouts() {
        var tracker = Self.tracker(5)
        #expect(tracker.timedOut { $0 <= 2 } == [1, 2])
        #expect(tracker.openCount == 3)
        #expect(tracker.confirmed(1, isMultiple: false, isAck: true).isEmpty)
        #expect(tracker.confirmed(3, isMultiple: true, isAck: true).map(\.0) == [3])
        #expect(tracker.channelClosed() == [4, 5])
        #expect(tracker.channelClosed() == [])
    }

    @Test("each publish resolves exactly once, whatever the broker does", arguments: 0..<200 as Range<UInt64>)
    func everyPublishResolvesOnce(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var tracker = Tracker()
        var resolved: [Int: Int] = [:]
        var published = 0
        for _ in 0..<400 {
            let tag = UInt64.random(in: 0...UInt64(published + 2), using: &generator)
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<5:
                published += 1
                let hasAddress = Bool.random(using: &generator)
                #expect(tracker.published(published, address: hasAddress ? Self.address : nil) == UInt64(published))
            case 5: tracker.returned(Self.address, replyCode: 312, replyText: "NO_ROUTE")
            case 6: for token in tracker.timedOut({ $0 % 7 == 0 }) { resolved[token, default: 0] += 1 }
            default:
                let isMultiple = Bool.random(using: &generator)
                for (token, _) in tracker.confirmed(tag, isMultiple: isMultiple, isAck: Bool.random(using: &generator)) {
                    #expect(isMultiple || UInt64(token) == tag)
                    resolved[token, default: 0] += 1
                }
            }
            #expect(tracker.openCount == published - resolved.count)
        }
        for token in tracker.channelClosed() { resolved[token, default: 0] += 1 }
        #expect(resolved.count == published)
        #expect(resolved.values.allSatisfy { $0 == 1 })
    }
}

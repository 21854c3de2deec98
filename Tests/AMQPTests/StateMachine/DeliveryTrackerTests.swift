import Testing

@testable import AMQP

@Suite("Deliveries and their acknowledgements")
struct DeliveryTrackerTests {
    private static func tracker(_ count: UInt64) throws -> DeliveryTracker {
        var tracker = DeliveryTracker()
        for tag in 1...count { try tracker.delivered(tag) }
        return tracker
    }

    @Test("acks at the front leave as one, those behind an open delivery singly")
    func coalescing() throws {
        var tracker = try Self.tracker(5)
        for tag in [2, 1, 4] as [UInt64] { #expect(tracker.settled(tag, .ack) == nil) }
        #expect(tracker.flush() == [.basicAck(tag: 2, isMultiple: true), .basicAck(tag: 4, isMultiple: false)])
        #expect(tracker.flush() == [])
        #expect(tracker.settled(3, .ack) == nil)
        #expect(tracker.flush() == [.basicAck(tag: 3, isMultiple: false)])
    }

    @Test("refusals leave at once")
    func refusals() throws {
        var tracker = try Self.tracker(2)
        #expect(tracker.settled(1, .requeue) == .basicReject(tag: 1, requeue: true))
        #expect(tracker.settled(2, .deadLetter) == .basicReject(tag: 2, requeue: false))
        #expect(tracker.flush() == [])
    }

    @Test("unknown and repeated tags never reach the wire")
    func staleTags() throws {
        var tracker = try Self.tracker(2)
        #expect(tracker.settled(0, .deadLetter) == nil)
        #expect(tracker.settled(3, .deadLetter) == nil)
        #expect(tracker.settled(1, .ack) == nil)
        #expect(tracker.settled(1, .requeue) == nil)
        #expect(tracker.flush() == [.basicAck(tag: 1, isMultiple: false)])
        #expect(tracker.settled(1, .requeue) == nil)
    }

    @Test("a tag out of sequence is a violation, not an allocation", arguments: [0, 1, 3, .max] as [UInt64])
    func gaps(tag: UInt64) throws {
        var tracker = try Self.tracker(1)
        #expect(throws: AMQPError.expected(.protocolViolation)) { try tracker.delivered(tag) }
    }

    @Test("a first delivery that is never settled costs no memory")
    func stuckFirst() throws {
        var tracker = DeliveryTracker()
        try tracker.delivered(1)
        for tag in 2...100_000 as ClosedRange<UInt64> {
            try tracker.delivered(tag)
            _ = tracker.settled(tag, .ack)
            if tag % 10 == 0 { _ = tracker.flush() }
        }
        #expect(tracker.entryCount < 200)
        #expect(tracker.settled(1, .ack) == nil)
        #expect(tracker.flush().first == .basicAck(tag: 1, isMultiple: false))
    }

    @Test("in any order, every delivery is settled exactly once on the wire", arguments: 0..<200 as Range<UInt64>)
    func everyDeliveryIsSettledOnce(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var tracker = DeliveryTracker()
        var broker: Set<UInt64> = []
        var waiting: [UInt64: AMQPDisposition] = [:]
        var delivered: UInt64 = 0
        func received(_ method: Method) {
            switch method {
            case .basicReject(let tag, _): #expect(broker.remove(tag) != nil)
            case .basicAck(let tag, false):
                #expect(waiting[tag] == .ack)
                #expect(broker.remove(tag) != nil)
            case .basicAck(let tag, true):
                let covered = broker.filter { $0 <= tag }
                // What `multiple` takes along must all have been acknowledged by a handler.
                #expect(covered.count > 1 && covered.allSatisfy { waiting[$0] == .ack })
                broker.subtract(covered)
            default: Issue.record("unexpected \(method)")
            }
        }
        for _ in 0..<500 {
            switch Int.random(in: 0..<5, using: &generator) {
            case 0, 1:
                delivered += 1
                try tracker.delivered(delivered)
                broker.insert(delivered)
            case 2, 3:
                guard let tag = broker.subtracting(waiting.keys).randomElement(using: &generator) else { continue }
                let disposition = [.ack, .ack, .ack, .requeue, .deadLetter].randomElement(using: &generator) ?? AMQPDisposition.ack
                waiting[tag] = disposition
                if let method = tracker.settled(tag, disposition) { received(method) }
            default: for method in tracker.flush() { received(method) }
            }
        }
        for tag in broker.subtracting(waiting.keys) {
            waiting[tag] = .ack
            #expect(tracker.settled(tag, .ack) == nil)
        }
        for method in tracker.flush() { received(method) }
        #expect(broker.isEmpty)
        #expect(tracker.entryCount == 0)
    }
}

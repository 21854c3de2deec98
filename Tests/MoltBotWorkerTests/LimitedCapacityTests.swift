import MoltBotCore
import Testing

@testable import MoltBotWorker

@Suite("Limited capacity") struct LimitedCapacityTests {
    private let start = ContinuousClock.now

    private func needs(_ lane: Lane) throws -> CallNeeds {
        let request = try TaskRequest.decode(Array(#"{"prompt": "Hello", "model": "gpt"}"#.utf8))
        return CallNeeds(request, lane: lane, default: .availability)
    }

    /// One call every three seconds; the first has left, a task of low priority and then a critical one have been given the next departure.
    private func busy() throws -> LimitedCapacity {
        var capacity = LimitedCapacity(RateLimits(requestsPerMinute: 20), share: .whole, at: start)
        capacity.callStarted(try needs(.low), hasSlot: false, at: start)
        #expect(capacity.reserve(try needs(.low), at: start) == .seconds(3))
        #expect(capacity.reserve(try needs(.critical), at: start) == .seconds(3))
        return capacity
    }

    @Test("When both have waited, the critical task goes first, also when the other one comes a little before it")
    func courtesy() throws {
        var capacity = try busy()
        let time = start + .seconds(3)
        #expect(capacity.wait(try needs(.low), hasSlot: true, at: time) > .zero)
        #expect(capacity.wait(try needs(.critical), hasSlot: true, at: time + .milliseconds(200)) == .zero)
        capacity.callStarted(try needs(.critical), hasSlot: true, at: time + .milliseconds(200))
        #expect(capacity.wait(try needs(.low), hasSlot: true, at: time + .milliseconds(200)) == .seconds(3))
        #expect(capacity.wait(try needs(.low), hasSlot: true, at: time + .milliseconds(3200)) == .zero)
    }

    @Test("A departure whose holder does not come is not lost")
    func nobodyCame() throws {
        let capacity = try busy()
        #expect(capacity.wait(try needs(.low), hasSlot: true, at: start + .seconds(3) + LimitedCapacity.courtesy) == .zero)
    }

    @Test("Where there is room for both nobody waits")
    func room() throws {
        var capacity = LimitedCapacity(RateLimits(requestsPerMinute: 1200), share: .whole, at: start)
        for _ in 0..<20 { capacity.callStarted(try needs(.low), hasSlot: false, at: start) }
        _ = capacity.reserve(try needs(.critical), at: start)
        #expect(capacity.wait(try needs(.low), hasSlot: true, at: start + .seconds(1)) == .zero)
    }
}

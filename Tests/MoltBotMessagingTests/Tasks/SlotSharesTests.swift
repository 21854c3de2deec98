import Testing

@testable import MoltBotMessaging

@Suite("Slots, divided among consumers") struct SlotSharesTests {
    @Test("A share is about a hundred slots; together they are all of them", arguments: [1, 50, 100, 101, 250, 5000, 25_601, 65_535])
    func sizes(slots: Int) {
        let shares = SlotShares(slots: slots, queues: 1, channels: 2047).shares
        #expect(shares.reduce(0) { $0 + $1.slots } == slots)
        #expect(shares.allSatisfy { $0.slots > 0 })
        #expect(shares.count == min((slots + 99) / 100, 256))
        #expect(shares.first?.opens == .zero)
    }

    @Test("A large worker opens its slots in turn")
    func opening() {
        let shares = SlotShares(slots: 5000, queues: 1, channels: 2047).shares
        #expect(shares.map(\.opens) == (0..<50).map { .milliseconds(40 * $0) })
    }

    @Test("All queues of a connection together leave half of its channels to others")
    func channels() {
        #expect(SlotShares(slots: 5000, queues: 5, channels: 2047).shares.count == 50)
        #expect(SlotShares(slots: 5000, queues: 20, channels: 2047).shares.count == 12)
        #expect(SlotShares(slots: 5000, queues: 1, channels: 20).shares.count == 10)
        #expect(SlotShares(slots: 5000, queues: 1000, channels: 2047).shares.map(\.slots) == [5000])
        #expect(SlotShares(slots: 5000, queues: 5, channels: 4).shares.map(\.slots) == [5000])
    }
}

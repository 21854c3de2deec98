import MoltBotCore
import Testing

@Suite("Waiting line")
struct WaitingLineTests {
    @Test("Freed capacity goes to the highest priority, among equals to who came first")
    func order() {
        var line = WaitingLine<String>()
        line.join("a", priority: 5)
        line.join("b", priority: 8)
        line.join("c", priority: 5)
        line.join("d", priority: 10)
        #expect(line.ahead(of: 8) == 2)
        var order: [String] = []
        while let next = line.next() { order.append(next) }
        #expect(order == ["d", "b", "a", "c"])
    }

    @Test("Who has given up does not get a turn")
    func leaving() {
        var line = WaitingLine<Int>()
        line.join(1, priority: 5)
        line.join(2, priority: 5)
        let wasWaiting = line.leave(1)
        #expect(wasWaiting)
        #expect(line.next() == 2)
        let hadItsTurn = !line.leave(2)
        #expect(hadItsTurn)
    }

    @Test("A slot's owner gives way to those above, and to nobody else")
    func givingWay() {
        var line = WaitingLine<Int>()
        line.join(1, priority: 5)
        #expect(line.next(above: 5) == nil)
        #expect(line.next(above: 4) == 1)
    }
}

@Suite("Time slot")
struct TimeSlotTests {
    @Test("Travels as a header")
    func text() {
        let slot = TimeSlot(deployment: "gpt-4 primary", time: Timestamp(millisecondsSinceEpoch: 1_700_000_000_250), tokens: 12)
        #expect(TimeSlot(text: slot.text) == slot)
        #expect(TimeSlot(text: "soon 12 x") == nil)
        #expect(TimeSlot(text: "") == nil)
    }

    @Test("Is worth nothing long after its time")
    func validity() {
        let slot = TimeSlot(deployment: "a", time: Timestamp(secondsSinceEpoch: 100), tokens: 0)
        #expect(slot.isValid(at: Timestamp(secondsSinceEpoch: 104)))
        #expect(slot.isValid(at: Timestamp(secondsSinceEpoch: 105)) == false)
    }
}

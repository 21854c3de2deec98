import Testing

@testable import MoltBot

@Suite(.timeLimit(.minutes(30))) struct EventHubTests {
    @Test func aSlowReaderMissesTheOldestAndHoldsUpNobody() async {
        let hub = EventHub()
        let (_, slow) = hub.add(limit: 2)
        let (_, other) = hub.add(limit: 100)
        for number in 1...5 { hub.arrived(.ended("\(number)", result: "")) }
        hub.close()
        #expect(await slow.reduce(into: []) { $0.append($1.taskID) } == ["4", "5"])
        #expect(slow.missed == 3)
        #expect(await other.reduce(into: []) { $0.append($1.taskID) } == ["1", "2", "3", "4", "5"])
        #expect(other.missed == 0)
    }

    @Test func anEventThatComesTwiceIsToldOnce() async {
        let hub = EventHub()
        let (_, events) = hub.add(limit: 10)
        hub.arrived(.ended("a", result: ""))
        hub.arrived(.ended("a", result: ""))
        hub.arrived(.ended("a", life: 1, result: ""))
        hub.close()
        #expect(await events.reduce(into: []) { $0.append($1.id) } == ["a-terminal-0", "a-terminal-1"])
    }

    @Test func whoIsRemovedHearsNoMore() async {
        let hub = EventHub()
        let (number, events) = hub.add(limit: 10)
        hub.arrived(.ended("a", result: ""))
        hub.remove(number)
        hub.arrived(.ended("b", result: ""))
        #expect(await events.reduce(into: []) { $0.append($1.taskID) } == ["a"])
    }
}

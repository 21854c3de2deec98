import MoltBotCore
import Synchronization
import Testing

@testable import MoltBotMessaging

@Suite("Lane gate")
struct LaneGateTests {
    /// Who got in, in order. Each arrival is queued before the next one is made.
    private final class Entrance: Sendable {
        private let gate: LaneGate
        private let admitted = Mutex<[String]>([])

        init(_ gate: LaneGate) {
            self.gate = gate
        }

        var order: [String] { admitted.withLock(\.self) }

        func wait(_ lane: Lane, as name: String, in group: inout DiscardingTaskGroup) async {
            let before = gate.waitingCount
            group.addTask { if await self.gate.enter(lane) { self.admitted.withLock { $0.append(name) } } }
            while gate.waitingCount == before { await Task.yield() }
        }

        func leaveUntilAdmitted(_ count: Int) async {
            gate.leave()
            while order.count < count { await Task.yield() }
        }
    }

    @Test("A slot that falls free goes to the highest lane, and within a lane to who came first", .timeLimit(.minutes(30)))
    func highestLaneFirst() async {
        let gate = LaneGate(slots: 1)
        let entrance = Entrance(gate)
        #expect(await gate.enter(.low))
        await withDiscardingTaskGroup { group in
            await entrance.wait(.low, as: "low", in: &group)
            await entrance.wait(.high, as: "first high", in: &group)
            await entrance.wait(.high, as: "second high", in: &group)
            for count in 1...3 { await entrance.leaveUntilAdmitted(count) }
        }
        #expect(entrance.order == ["first high", "second high", "low"])
    }

    @Test("A delivery that has waited long goes before a younger one of a higher lane", .timeLimit(.minutes(30)))
    func ageing() async {
        let gate = LaneGate(slots: 1, ageing: .nanoseconds(1))
        let entrance = Entrance(gate)
        #expect(await gate.enter(.low))
        await withDiscardingTaskGroup { group in
            await entrance.wait(.low, as: "old low", in: &group)
            await entrance.wait(.critical, as: "young critical", in: &group)
            for count in 1...2 { await entrance.leaveUntilAdmitted(count) }
        }
        #expect(entrance.order == ["old low", "young critical"])
    }

    @Test("Reserved slots are for critical deliveries alone", .timeLimit(.minutes(30)))
    func reserve() async {
        let gate = LaneGate(slots: 3, reserved: 1)
        let entrance = Entrance(gate)
        #expect(await gate.enter(.low))
        #expect(await gate.enter(.normal))
        await withDiscardingTaskGroup { group in
            await entrance.wait(.high, as: "high", in: &group)
            // The third slot is free, and only for this one.
            #expect(await gate.enter(.critical))
            gate.leave()
            #expect(entrance.order.isEmpty)
            await entrance.leaveUntilAdmitted(1)
        }
        #expect(entrance.order == ["high"])
    }

    @Test("One slot at least is left to the other lanes")
    func reserveOfEverything() async {
        let gate = LaneGate(slots: 1, reserved: 5)
        #expect(await gate.enter(.low))
    }

    @Test("A closed gate turns away who waits and who comes later", .timeLimit(.minutes(30)))
    func closing() async {
        let gate = LaneGate(slots: 1)
        let entrance = Entrance(gate)
        #expect(await gate.enter(.low))
        await withDiscardingTaskGroup { group in
            await entrance.wait(.high, as: "high", in: &group)
            gate.close()
        }
        #expect(entrance.order.isEmpty)
        #expect(await !gate.enter(.critical))
    }
}

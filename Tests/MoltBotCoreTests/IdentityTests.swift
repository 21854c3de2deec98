import MoltBotCore
import Testing

@Suite("Names and ids")
struct IdentityTests {
    @Test("A generated task id is a version 7 UUID and sorts by its time")
    func generated() throws {
        let early = TaskID(generatedAt: Timestamp(millisecondsSinceEpoch: 0x0123_4567_89AB))
        let late = TaskID(generatedAt: Timestamp(millisecondsSinceEpoch: 0x0123_4567_89AC))
        #expect(early.rawValue.hasPrefix("01234567-89ab-7"))
        #expect(
            try #require(early.rawValue.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/)).output
                == early.rawValue)
        #expect(early.rawValue < late.rawValue)
        #expect(Set((0..<1000).map { _ in TaskID().rawValue }).count == 1000)
    }

    @Test("Accepts any visible ASCII as a task id", arguments: ["1", "order-42/retry#3", String(repeating: "x", count: 240)])
    func accepted(id: String) {
        #expect(TaskID(id)?.rawValue == id)
    }

    @Test("Refuses other task ids", arguments: ["", "a b", "a\n", "é", "\u{7F}", String(repeating: "x", count: 241)])
    func refused(id: String) {
        #expect(TaskID(id) == nil)
    }

    @Test(
        "Workspace names are words of a routing key",
        arguments: [
            ("default", true), ("a", true), ("0-team_b", true), ("", false), ("-a", false), ("_a", false), ("Team", false), ("a.b", false),
            ("a#", false),
            (String(repeating: "a", count: 63), true), (String(repeating: "a", count: 64), false),
        ])
    func workspaces(name: String, isValid: Bool) {
        #expect((Workspace(name) != nil) == isValid)
    }

    @Test("Each priority belongs to a lane, each lane's own priority to itself")
    func lanes() {
        #expect(
            (0...10).map { Lane.lane(forPriority: $0) } == [
                .low, .low, .low, .low, .low, .normal, .normal, .normal, .high, .high, .critical,
            ])
        for lane in Lane.allCases { #expect(Lane.lane(forPriority: Int(lane.priority)) == lane) }
        #expect(Lane.allCases.map(\.priority) == [1, 5, 8, 10])
    }
}

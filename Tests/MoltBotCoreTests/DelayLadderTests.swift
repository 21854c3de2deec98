import MoltBotCore
import Testing

@Suite("Delay ladder")
struct DelayLadderTests {
    @Test(
        "Enters at the highest set bit and waits the whole seconds",
        arguments: [
            (Duration.seconds(1), 0, "1", Duration.zero), (.seconds(5), 2, "1.0.1", .zero),
            (.milliseconds(5400), 2, "1.0.1", .milliseconds(400)),
            (.seconds(1 << 21), 21, "1" + String(repeating: ".0", count: 21), .zero),
            (DelayLadder.maximum, 21, "1" + String(repeating: ".1", count: 21), .zero),
            (DelayLadder.maximum + .seconds(10), 21, "1" + String(repeating: ".1", count: 21), .seconds(10)),
        ])
    func entry(delay: Duration, level: Int, lastBits: String, rest: Duration) throws {
        let entry = try #require(DelayLadder.entry(for: delay, destination: "default.high"))
        #expect(entry.level == level)
        #expect(entry.rest == rest)
        #expect(entry.routingKey.hasSuffix(lastBits + ".default.high"))
        #expect(entry.routingKey.split(separator: ".").count == 22 + 2)
        #expect(entry.routingKey.utf8.count == DelayLadder.keyOverhead + "default.high".utf8.count)
    }

    @Test("Waits under a second stay in the worker", arguments: [Duration.zero, .milliseconds(999), .seconds(-5)])
    func short(delay: Duration) {
        #expect(DelayLadder.entry(for: delay, destination: "d") == nil)
    }

    @Test("The bits of the key add up to the delay")
    func sums() throws {
        for seconds in [1, 2, 3, 10, 255, 3600, 86_400, 4_194_303] {
            let entry = try #require(DelayLadder.entry(for: .seconds(seconds), destination: "d"))
            let bits = entry.routingKey.split(separator: ".").prefix(22)
            #expect(bits.reduce(0) { $0 << 1 | ($1 == "1" ? 1 : 0) } == seconds)
            #expect(bits.firstIndex(of: "1") == 21 - entry.level)
        }
    }
}

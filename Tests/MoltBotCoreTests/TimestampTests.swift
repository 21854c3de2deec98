import MoltBotCore
import Testing

@Suite("Timestamps")
struct TimestampTests {
    @Test(
        "Reads RFC 3339",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-12-01T00:00:00Z", 1_796_083_200_000), ("2026-12-01T00:00:00.25Z", 1_796_083_200_250),
            ("2026-12-01T01:30:00.123456789+01:30", 1_796_083_200_123), ("2026-11-30t19:00:00-05:00", 1_796_083_200_000),
            ("2024-02-29T12:00:00Z", 1_709_208_000_000), ("1969-12-31T23:59:59.999Z", -1), ("2016-12-31T23:59:60Z", 1_483_228_800_000),
            ("0000-03-01T00:00:00z", -62_162_035_200_000), ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ] as [(String, Int64)])
    func reads(text: String, milliseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.millisecondsSinceEpoch == milliseconds)
    }

    @Test(
        "Refuses other texts",
        arguments: [
            "", "2026-12-01", "2026-12-01T00:00:00", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2023-02-29T00:00:00Z",
            "2026-12-01T24:00:00Z", "2026-12-01T00:60:00Z", "2026-12-01T00:00:61Z", "2026-12-01T00:00:00.Z", "2026-12-01T00:00:00+0100",
            "2026-12-01T00:00:00Zx", "26-12-01T00:00:00Z", "2026-12-00T00:00:00Z", "1796083200",
        ])
    func refuses(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test("Writes UTC with milliseconds and reads it back, on every day of four centuries")
    func roundTrip() {
        #expect(Timestamp(millisecondsSinceEpoch: 1_796_083_200_007).rfc3339 == "2026-12-01T00:00:00.007Z")
        for day in stride(from: Int64(-80_000), to: 80_000, by: 1) {
            let time = Timestamp(millisecondsSinceEpoch: day * 86_400_000 + 45_296_789)
            #expect(Timestamp(rfc3339: time.rfc3339) == time)
        }
    }

    @Test("Arithmetic stays within its range")
    func arithmetic() {
        let time = Timestamp(secondsSinceEpoch: 100)
        #expect(time + .milliseconds(1500) - time == .milliseconds(1500))
        #expect(time + .seconds(Int64.max) > time)
        // More seconds than 64 bits hold.
        #expect(time + .seconds(8.64e19) == Timestamp(millisecondsSinceEpoch: .max))
        #expect(time + .seconds(-8.64e19) < Timestamp(secondsSinceEpoch: -9_000_000_000_000_000))
        #expect(Timestamp(millisecondsSinceEpoch: -1).secondsSinceEpoch == -1)
    }

    /// Senders that count nanoseconds, say.
    @Test(arguments: [Int64.max, 1_790_000_000_000_000_000, .min])
    func secondsOutOfRangeStayAtTheEnd(_ seconds: Int64) {
        let time = Timestamp(secondsSinceEpoch: seconds)
        #expect(time.millisecondsSinceEpoch == (seconds < 0 ? .min : .max))
        #expect((Timestamp(millisecondsSinceEpoch: 0) - time > .zero) == (seconds < 0))
        #expect(time.rfc3339.hasSuffix("Z"))
    }
}

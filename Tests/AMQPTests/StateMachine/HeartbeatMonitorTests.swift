import NIOCore
import Testing

@testable import AMQP

@Suite("Heartbeats")
struct HeartbeatMonitorTests {
    private static func at(_ milliseconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .milliseconds(milliseconds) }

    @Test("none when turned off")
    func off() {
        #expect(HeartbeatMonitor(seconds: 0, now: Self.at(0)) == nil)
    }

    @Test("one is sent after half the interval without other bytes")
    func sends() throws {
        var monitor = try #require(HeartbeatMonitor(seconds: 10, now: Self.at(0)))
        #expect(monitor.period == .seconds(1))
        monitor.bytesReceived(at: Self.at(3_000))
        #expect(monitor.timerFired(at: Self.at(3_000)) == .none)
        #expect(monitor.timerFired(at: Self.at(4_000)) == .send)
        monitor.bytesSent(at: Self.at(4_000))
        #expect(monitor.timerFired(at: Self.at(7_000)) == .none)
        #expect(monitor.timerFired(at: Self.at(8_000)) == .send)
    }

    @Test("a silent peer is dead before two intervals have passed, whatever this side sends", arguments: [1, 2, 10, 60] as [UInt16])
    func dies(seconds: UInt16) throws {
        var monitor = try #require(HeartbeatMonitor(seconds: seconds, now: Self.at(0)))
        var now = Self.at(0)
        while monitor.timerFired(at: now) != .peerIsDead {
            monitor.bytesSent(at: now)
            now = now + monitor.period
        }
        let silence = now - Self.at(0)
        #expect(silence <= .seconds(2 * Int64(seconds)))
        #expect(silence >= .milliseconds(1_500 * Int64(seconds)))
    }
}

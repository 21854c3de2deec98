import AMQP
import Logging
import MoltBotCore
import MoltBotMessaging
import TestSupport
import Testing

@testable import MoltBotAPI

@Suite("Those who listen", .timeLimit(.minutes(30)))
struct LiveHubTests {
    private static let backlog = 1000

    private static func started(_ offset: Int64) throws -> LedgerEntry {
        let outcome = TaskOutcome(taskID: try #require(TaskID("t\(offset)")), workspace: .default, status: .running)
        let event = TaskEvent(outcome, redrives: 0, at: Timestamp(secondsSinceEpoch: 1_800_000_000))
        return LedgerEntry(offset: offset, content: .event(event), id: event.id, type: event.type.rawValue, body: event.encode())
    }

    private let hub = LiveHub()
    private let replay: LiveReplay

    init() throws {
        hub.goLive()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        // Nobody here asks for the past, so nothing connects.
        let session = BrokerSession(configuration: try AMQPConfiguration(urls: "amqp://127.0.0.1:1"), role: "test", logger: logger)
        replay = LiveReplay(session: session, turns: Turns(1))
    }

    private func join(_ filter: LiveFilter, after cursor: LiveCursor? = nil) -> LiveListener {
        LiveListener(hub.join(filter, with: .openServer, after: cursor?.position), filter, after: cursor, hasGap: false, replay)
    }

    @Test("and read too slowly get what was kept for them, are told why they go, and hold up nobody")
    func slowReader() async throws {
        var slow = join(LiveFilter(workspace: .default))
        var fast = join(LiveFilter(workspace: .default))
        for offset in 0..<Int64(Self.backlog + 200) {
            hub.tell(LedgerBatch(entries: [try Self.started(offset)]))
            guard case .event(let event)? = try await fast.next() else { throw UnexpectedAnswer(description: "no event at \(offset)") }
            #expect(event.position.offset == offset)
        }
        #expect(hub.listenerCount == 1)
        var last: LedgerPosition?
        for offset in 0..<Int64(Self.backlog) {
            guard case .event(let event)? = try await slow.next() else { throw UnexpectedAnswer(description: "no event at \(offset)") }
            #expect(event.position.offset == offset)
            last = event.position
        }
        guard case .end(.tooSlow)? = try await slow.next() else { throw UnexpectedAnswer(description: "no reason") }
        #expect(try await slow.next() == nil)
        // With the id of its last event it goes on where it was.
        var again = try join(LiveFilter(workspace: .default), after: LiveCursor(#require(last)))
        guard case .event(let next)? = try await again.next() else { throw UnexpectedAnswer(description: "nothing was kept") }
        #expect(next.position.offset == Int64(Self.backlog))
    }

    /// The offset of the next event.
    private func nextOffset(_ listener: inout LiveListener) async throws -> Int64 {
        guard case .event(let event)? = try await listener.next() else { throw UnexpectedAnswer(description: "no event") }
        return event.position.offset
    }

    @Test("hear of a gap and of what follows when the stream is replaced, also with a place in the old one")
    func newStream() async throws {
        let entries = try (0..<50).map { try Self.started($0) }
        hub.tell(LedgerBatch(entries: entries))
        var known = join(LiveFilter(workspace: .default), after: LiveCursor(entries[49].position))
        var fresh = join(LiveFilter(workspace: .default))
        hub.tell(LedgerBatch(entries: [try Self.started(0)], beginsAnew: true))
        hub.tell(LedgerBatch(entries: [try Self.started(1)]))
        guard case .gap? = try await known.next(), case .gap? = try await fresh.next() else {
            throw UnexpectedAnswer(description: "no gap")
        }
        #expect(try await [nextOffset(&known), nextOffset(&known)] == [0, 1])
        #expect(try await [nextOffset(&fresh), nextOffset(&fresh)] == [0, 1])
        #expect(hub.lastOffset == 1)
    }

    @Test("get nothing twice when a node reads the stream from its start once more")
    func rereading() async throws {
        let entries = try (0..<7).map { try Self.started($0) }
        hub.tell(LedgerBatch(entries: Array(entries[..<5])))
        var listener = join(LiveFilter(workspace: .default))
        hub.tell(LedgerBatch(entries: Array(entries[..<3])))
        #expect(hub.lastOffset == 4)
        hub.tell(LedgerBatch(entries: Array(entries[3...])))
        #expect(try await [nextOffset(&listener), nextOffset(&listener)] == [5, 6])
        // What is kept for those who come back is kept once.
        var back = join(LiveFilter(workspace: .default), after: LiveCursor(entries[2].position))
        var offsets: [Int64] = []
        for _ in 0..<4 { offsets.append(try await nextOffset(&back)) }
        #expect(offsets == [3, 4, 5, 6])
    }

    @Test("are sent away when what let them in has ended, and nobody else is")
    func accessEnds() async throws {
        let filter = LiveFilter(workspace: .default)
        let grants = [Grant.openServer, .key(id: "00000001"), .key(id: "00000002"), .token(until: Timestamp(secondsSinceEpoch: 9))]
        var listeners = grants.map { LiveListener(hub.join(filter, with: $0, after: nil), filter, after: nil, hasGap: false, replay) }
        hub.dismiss { $0 == grants[1] }
        #expect(hub.listenerCount == 1)
        for index in [0, 2, 3] {
            guard case .end(.accessEnded)? = try await listeners[index].next() else { throw UnexpectedAnswer(description: "no reason") }
        }
        hub.heartbeat()
        guard case .heartbeat? = try await listeners[1].next() else { throw UnexpectedAnswer(description: "no heartbeat") }
    }

    @Test("hear a heartbeat when nothing happens, and the end when the node stops")
    func heartbeat() async throws {
        var listener = join(LiveFilter(workspace: .default, types: [try #require(EventPattern("task.completed"))]))
        hub.tell(LedgerBatch(entries: [try Self.started(0)]))
        hub.heartbeat()
        guard case .heartbeat? = try await listener.next() else { throw UnexpectedAnswer(description: "no heartbeat") }
        hub.stop()
        guard case .end(.stopping)? = try await listener.next() else { throw UnexpectedAnswer(description: "no end") }
        var late = join(LiveFilter(workspace: .default))
        guard case .end(.stopping)? = try await late.next() else { throw UnexpectedAnswer(description: "no end for a late one") }
    }
}

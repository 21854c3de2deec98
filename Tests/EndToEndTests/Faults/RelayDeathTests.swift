import Foundation
import MoltBotCore
import NIOHTTP1
import PrivateBroker
import TestSupport
import Testing

@Suite("A relay that dies", .timeLimit(.minutes(30)))
struct RelayDeathTests {
    /// MOLTBOT's own variables are not meant for tests, so this has a name of its own. Ten thousand, with ten kills, take minutes.
    private static let events = ProcessInfo.processInfo.environment["RELAY_TEST_EVENTS"].flatMap { Int($0) } ?? 600
    private static let kills = events < 10_000 ? 4 : 10

    @Test func againAndAgainAndABrokerThatRestartsLoseNothing() async throws {
        try await withWebhookTerminal { terminal, broker in
            let receipts = WebhookReceipts()
            try await withModelServer {
                receipts.answer($0)
            } run: { server in
                _ = try await terminal.add("http://127.0.0.1:\(server.port)/hook", "--schedule", "1s,1s,1s,1s", "--max-in-flight", "20")
                let ids = try await publish(Self.events, terminal)
                for kill in 1...Self.kills {
                    try await terminal.withRelay { relay in
                        try await receipts.firsts.atLeast(Self.events * kill / (Self.kills + 2), "deliveries", within: .seconds(120))
                        if kill == Self.kills / 2 {
                            try await broker.stop()
                            _ = try await broker.start()
                            let next = Self.events * (kill + 1) / (Self.kills + 2) - 1
                            try await receipts.firsts.atLeast(next, "deliveries after the restart", within: .seconds(120))
                        }
                        try relay.send(.kill)
                        #expect(try await relay.waitForExit() == .signal(9))
                    }
                }
                try await terminal.withRelay { _ in
                    _ = try await receipts.firsts.atLeast(Self.events, "deliveries", within: .seconds(180))
                }
                #expect(Set(receipts.firsts.elements) == ids)
                #expect(receipts.contradictions == 0)
                // One that came again had been under way when something died: no more than what a relay has in flight, each time.
                #expect(receipts.duplicates <= (Self.kills + 1) * 20 * 2)
            }
        }
    }

    /// The head of a task waits for its retry when the relay dies: the next relay must not send what comes behind it.
    @Test func orderOfATaskOutlivesTheRelay() async throws {
        try await withWebhookTerminal { terminal in
            try await withModelServer { request in
                request.number == 1 ? .json("not yet", status: 500) : .json("{}")
            } run: { server in
                _ = try await terminal.add(
                    "http://127.0.0.1:\(server.port)/hook", "--events", "task.*", "--ordering", "fifo", "--schedule", "5s,5s")
                let head = try await terminal.publish(.running, task: "late")
                try await terminal.withNews { news in
                    try await terminal.withRelay { relay in
                        _ = try await news.first("a failed attempt") { $0.kind == .attemptFailed && $0.eventID == head.id }
                        try relay.send(.kill)
                        #expect(try await relay.waitForExit() == .signal(9))
                    }
                }
                let others = [try await terminal.publish(.retrying, task: "late"), try await terminal.publish(.completed, task: "late")]
                let free = try await terminal.publish(.completed, task: "other")
                try await terminal.withRelay { _ in
                    _ = try await server.requests.first("the last event") { $0.headers["webhook-id"].first == others[1].id }
                    // What the receiver took, each event once: the head may come again.
                    let taken = server.requests.elements.dropFirst().compactMap { $0.headers["webhook-id"].first }
                    let order = taken.enumerated().filter { taken.firstIndex(of: $0.element) == $0.offset }.map(\.element)
                    #expect(order.filter { $0 != free.id } == [head.id] + others.map(\.id))
                }
            }
        }
    }

    private func publish(_ count: Int, _ terminal: WebhookTerminal) async throws -> Set<String> {
        try await withThrowingTaskGroup(of: String.self) { group in
            var ids: Set<String> = []
            for number in 1...count {
                if number > 200, let id = try await group.next() { ids.insert(id) }
                group.addTask { try await terminal.publish(task: "task-\(number)").id }
            }
            for try await id in group { ids.insert(id) }
            return ids
        }
    }
}

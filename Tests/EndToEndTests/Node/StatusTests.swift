import MoltBotCore
import TestSupport
import Testing

@Suite("moltbot status", .timeLimit(.minutes(30)))
struct StatusTests {
    @Test func tellsWhatWaitsAndWhoWorks() async throws {
        try await withTerminal { terminal in
            try await terminal.withAPI { api in
                let node = NodeTerminal(terminal: terminal, api: api)
                _ = try await node.moltbot("submit", "--lane", "high", "--model", "echo", "x")
                let idle = try await node.moltbot("status")
                #expect(idle.exit == .code(0), "\(idle.errorOutput)")
                for part in ["workspace  default", "ledger     current", "workers    0", "waiting    1: 1 high", "all lanes  1      0"] {
                    #expect(idle.output.contains(part), "\(part) is missing in:\n\(idle.output)")
                }
                try await terminal.withWorker(slots: 250) { _ in
                    let id = try await node.moltbot("submit", "--model", "echo", "y").output
                    _ = try await node.moltbot("tasks", "wait", id)
                    let busy = try JSONValue.parse(try await node.moltbot("status", "--json").output)
                    #expect(busy["workers"] == 1)
                    #expect(busy["tasks"]?["completed"] == 2)
                }
                try await terminal.withMoltbot(["status", "--watch", "--json"], settings: ["MOLTBOT_API_URL": api]) { watch in
                    _ = try await watch.output.first("a first look") { $0.contains(#""workspace":"default""#) }
                    try watch.send(.interrupt)
                    #expect(try await watch.waitForExit() == .code(130))
                }
            }
        }
    }
}

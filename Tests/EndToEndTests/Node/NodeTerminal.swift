import TestSupport

/// A terminal beside a running worker and an API node.
struct NodeTerminal: Sendable {
    let terminal: Terminal
    let api: String

    func moltbot(
        _ arguments: String..., input: String = "", key: String = ""
    ) async throws -> (exit: ChildProcess.Exit, output: String, errorOutput: String) {
        try await terminal.moltbot(arguments, input: input, settings: ["MOLTBOT_API_URL": api, "MOLTBOT_API_KEY": key])
    }
}

func withNodeTerminal(_ body: @escaping @Sendable (NodeTerminal) async throws -> Void) async throws {
    try await withTerminal { terminal in
        try await terminal.withWorker { _ in
            try await terminal.withAPI { try await body(NodeTerminal(terminal: terminal, api: $0)) }
        }
    }
}

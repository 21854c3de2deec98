import Foundation
import NIOHTTP1
import TestSupport
import Testing

@Suite("Models of the settings file", .timeLimit(.minutes(30)))
struct ModelReloadTests {
    private static let file = "config/gateway.yaml"

    private static func yaml(_ name: String, _ server: ModelServer, auth: String = "first") -> String {
        "models:\n  - {name: \(name), provider: vllm, endpoint: \"\(server.baseURL)\", auth: \(auth)}\n"
    }

    @Test func aChangedFileTakesEffectAndABrokenOneDoesNot() async throws {
        try await withModelServer { server in
            let start = Self.yaml("one", server)
            let files = [Self.file: start, "models/auth.json": #"{"first": "sk-1", "second": "sk-2"}"#]
            try await withModelTerminal(files: files) { terminal in
                let auth = terminal.folder.path + "/models/auth.json"
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: auth)
                try await terminal.withWorker { worker in
                    #expect(try await terminal.ask("First", of: "one").output == "First")
                    #expect(server.requests.elements.last?.headers["authorization"] == ["Bearer sk-1"])

                    try terminal.folder.write(Self.yaml("two", server, auth: "second"), to: Self.file)
                    _ = try await worker.errorOutput.first("the reload", within: .seconds(20)) { $0.contains("were read again") }
                    #expect(try await terminal.ask("Second", of: "two").output == "Second")
                    #expect(server.requests.elements.last?.headers["authorization"] == ["Bearer sk-2"])
                    #expect(try await terminal.moltbot("submit", "--wait", "--model", "one", "x").status == .code(1))

                    try terminal.folder.write("models:\n  - {name: two, provider: nobody}\n", to: Self.file)
                    let complaint = try await worker.errorOutput.first("the complaint", within: .seconds(20)) {
                        $0.contains("can't be used")
                    }
                    #expect(complaint.contains("config/gateway.yaml:2:"), "\(complaint)")
                    // Commands read the same broken file; the worker does not.
                    try terminal.folder.write(Self.yaml("two", server, auth: "second") + "# mended\n", to: Self.file)
                    #expect(try await terminal.ask("Third", of: "two").output == "Third")
                }
            }
        }
    }

    @Test func aCredentialsFileThatOthersReadStopsTheWorker() async throws {
        let files = [
            Self.file: "models:\n  - {name: one, provider: openai, auth: first}\n", "models/auth.json": #"{"first": "sk-geheim"}"#,
        ]
        try await withModelTerminal(files: files) { terminal in
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o644], ofItemAtPath: terminal.folder.path + "/models/auth.json")
            let run = try await terminal.moltbot("worker")
            #expect(run.status == .code(78))
            #expect(run.messages.contains("run chmod 600 models/auth.json"))
            #expect(!run.messages.contains("geheim"))
        }
    }
}

import Foundation
import NIOHTTP1
import TestSupport
import Testing

@Suite("moltbot models", .timeLimit(.minutes(30)))
struct ModelsCommandTests {
    @Test func aDeploymentLivesFromAddToRemoveWithoutARestart() async throws {
        try await withModelTerminal { terminal in
            try await withModelServer { server in
                try await terminal.withWorker { worker in
                    let unknown = try await terminal.ask("Anybody?", of: "gpt-4")
                    #expect(unknown.status == .code(1))
                    #expect(unknown.messages.contains("no provider serves model \"gpt-4\""))

                    let added = try await terminal.moltbot(
                        "models", "add", "gpt-4-local", "--model", "gpt-4", "--provider", "vllm", "--base-url", server.baseURL,
                        "--api-key-file", "-", "--rpm", "6000", input: "sk-geheim\n")
                    #expect(added.status == .code(0), "\(added.messages)")
                    try await worker.knowsChanges(1)
                    #expect(try await terminal.ask("Hello there", of: "gpt-4").output == "Hello there")
                    #expect(server.requests.elements.last?.headers["authorization"] == ["Bearer sk-geheim"])

                    let list = try await terminal.moltbot("models", "list")
                    #expect(list.output.contains("gpt-4-local"))
                    let shown = try await terminal.moltbot("models", "show", "gpt-4-local")
                    #expect(shown.output.contains("6000 requests/min"))
                    #expect(![added, list, shown].contains { $0.output.contains("geheim") || $0.output.contains("sealed") })

                    #expect(try await terminal.moltbot("models", "disable", "gpt-4-local").status == .code(0))
                    try await worker.knowsChanges(2)
                    #expect(try await terminal.ask("Still there?", of: "gpt-4").status == .code(1))
                    #expect(try await terminal.moltbot("models", "enable", "gpt-4-local").status == .code(0))
                    try await worker.knowsChanges(3)
                    #expect(try await terminal.ask("Back again", of: "gpt-4").output == "Back again")

                    #expect(try await terminal.moltbot("models", "remove", "gpt-4-local").status == .code(0))
                    try await worker.knowsChanges(4)
                    #expect(try await terminal.ask("Gone?", of: "gpt-4").status == .code(1))
                    #expect(worker.errorOutput.elements.allSatisfy { !$0.contains("fatal") })
                }
            }
        }
    }

    @Test func theTestCallsEachKey() async throws {
        try await withModelTerminal { terminal in
            try await withModelServer { request in
                request.headers["authorization"] == ["Bearer sk-second"]
                    ? ModelServer.echo(request) : .failure(401, "Incorrect API key provided: sk-first", type: "invalid_request_error")
            } run: { server in
                let members = #"{"provider": "vllm", "base_url": "\#(server.baseURL)", "api_key": ["sk-first", {"env": "SECOND_KEY"}]}"#
                #expect(try await terminal.moltbot("models", "add", "local", "--from", "-", input: members).status == .code(0))
                let tested = try await terminal.moltbot("models", "test", "local")
                #expect(tested.status == .code(1))
                let lines = tested.output.split(separator: "\n")
                #expect(lines.first?.hasPrefix("key key\tfailed\tauth (status 401)") == true, "\(tested.output)")
                #expect(lines.last?.hasPrefix("key key-2\tok\t") == true, "\(tested.output)")
                #expect(!tested.output.contains("sk-first"))
            }
        }
    }

    @Test func theStatusTellsAScriptWhetherAModelIsDown() async throws {
        try await withModelTerminal { terminal in
            let silent = try await terminal.moltbot("models", "status", "--check")
            #expect(silent.status == .code(1))
            #expect(silent.messages.contains("no worker answered"))
            try await withModelServer { _ in
                .failure(404, "no such model", type: "invalid_request_error")
            } run: { server in
                try await terminal.withWorker { worker in
                    let well = try await terminal.moltbot("models", "status", "--check")
                    #expect(well.status == .code(0), "\(well.messages)")
                    #expect(well.output.isEmpty)
                    let added = try await terminal.moltbot("models", "add", "ghost", "--provider", "vllm", "--base-url", server.baseURL)
                    #expect(added.status == .code(0))
                    try await worker.knowsChanges(1)
                    #expect(try await terminal.ask("Anybody?", of: "ghost").status == .code(1))
                    let down = try await terminal.moltbot("models", "status", "--check", "--json")
                    #expect(down.status == .code(1))
                    #expect(down.messages.contains("no healthy deployment of ghost"))
                    #expect(down.output.contains(#""deployment":"ghost""#) && down.output.contains(#""health":"out""#), "\(down.output)")
                }
            }
        }
    }

    @Test func theStatusTellsWhatTheCacheDidAndAdmitsThatItKnowsNoPrice() async throws {
        try await withModelTerminal { terminal in
            try await withModelServer { server in
                let added = try await terminal.moltbot("models", "add", "local", "--provider", "vllm", "--base-url", server.baseURL)
                #expect(added.status == .code(0))
                try await terminal.withWorker { _ in
                    let task = #"{"prompt": "Hello", "model": "local", "cache": "on"}"#
                    for _ in 1...3 {
                        let answer = try await terminal.moltbot("submit", "--file", "-", "--wait", input: task)
                        #expect(answer.status == .code(0), "\(answer.messages)")
                    }
                    #expect(server.requests.count == 1)
                    let status = try await terminal.moltbot("models", "status", "--json")
                    #expect(status.output.contains(#""cost_usd":null,"unpriced_calls":1"#), "\(status.output)")
                    #expect(
                        status.output.contains(#"{"cache":{"hits":2,"shared":0,"misses":1,"evictions":0,"answers":1,"bytes":"#),
                        "\(status.output)")
                    let table = try await terminal.moltbot("models", "status")
                    #expect(table.output.contains("unknown"))
                    #expect(table.output.contains("cache: 2 hits, 0 shared, 1 misses, 1 answers in "), "\(table.output)")
                }
            }
        }
    }

    @Test func mistakesSayWhatToWrite() async throws {
        try await withModelTerminal(files: ["config/gateway.yaml": "models:\n  - {name: filed, provider: openai}\n"]) { terminal in
            let provider = try await terminal.moltbot("models", "add", "a", "--provider", "opnai")
            #expect(provider.status == .code(64))
            #expect(provider.messages.contains("did you mean \"openai\"?"))
            let missing = try await terminal.moltbot("models", "show", "fild")
            #expect(missing.status == .code(1))
            #expect(missing.messages.contains("did you mean \"filed\"?"))
            let filed = try await terminal.moltbot("models", "disable", "filed")
            #expect(filed.messages.contains("is in config/gateway.yaml"))
            #expect(try await terminal.moltbot("models", "add", "b", "--provider", "openai").status == .code(0))
            let twice = try await terminal.moltbot("models", "add", "b", "--provider", "openai")
            #expect(twice.status == .code(1))
            #expect(twice.messages.contains("--replace"))
            let list = try await terminal.moltbot("models", "list", "--json")
            #expect(list.output.split(separator: "\n").count == 2)
        }
    }

    @Test func aWorkspacesOwnDeploymentServesNobodyElse() async throws {
        try await withModelTerminal { terminal in
            try await withModelServer { server in
                let added = try await terminal.moltbot(
                    "models", "add", "acme-gpt", "--model", "gpt-4", "--provider", "vllm", "--base-url", server.baseURL,
                    "--workspace", "acme")
                #expect(added.status == .code(0))
                try await terminal.withWorker { _ in
                    let refused = try await terminal.ask("Mine?", of: "gpt-4")
                    #expect(refused.status == .code(1))
                    #expect(server.requests.count == 0)
                }
            }
        }
    }
}

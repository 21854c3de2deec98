import MoltBotAPI
import MoltBotCore
import MoltBotMessaging
import NIOHTTP1
import TestSupport
import Testing

@Suite("The dashboard in a browser", .timeLimit(.minutes(30)))
struct DashboardTests {
    @Test("shows what waits, runs and has ended, and goes on without a reload")
    func story() async throws {
        try await withAPI { host in
            let model = #"{"name": "house-echo", "provider": "echo", "model": "echo"}"#
            #expect(try await host.http.send("POST", "/models", json: model).status == 201)
            let hook = #"{"url": "https://example.org/hook", "events": ["task.failed"]}"#
            #expect(try await host.http.send("POST", "/webhooks", json: hook).status == 201)
            for priority in ["critical", "high", "high"] {
                _ = try await host.submit(#"{"prompt": "six words that the echo repeats", "model": "echo", "priority": "\#(priority)"}"#)
            }
            try await BrowserPage.with("http://127.0.0.1:\(host.port)/") { page in
                try await page.wait(until: "document.querySelector('#state').textContent === 'live'")
                #expect(try await page.text(of: "#workspace") == "default")
                let lanes = try await page.rows(of: "queues")
                #expect(
                    lanes.prefix(4) == [
                        ["critical", "1", "", ""], ["high", "2", "", ""], ["normal", "0", "", ""], ["low", "0", "", ""],
                    ])
                #expect(lanes.last == ["all", "", "3", "0"])
                #expect(try await page.tile("waiting") == "3")
                #expect(try await page.tile("workers") == "0")
                #expect(try await page.rows(of: "webhooks") == [["https://example.org/hook", "task.failed", "enabled"]])
                #expect(try await page.rows(of: "tasks").map { $0[1] } == ["queued", "queued", "queued"])

                try await host.withWorker {
                    let id = try await host.submit(#"{"prompt": "Hello, dashboard", "model": "echo"}"#)
                    try await page.wait(
                        until:
                            "[...document.querySelectorAll('#tasks tr')].filter((row) => row.cells[1].textContent === 'completed').length === 4"
                    )
                    try await page.wait(until: "document.querySelector('#queues tr:last-child').cells[3].textContent === '1'")
                    try await page.wait(until: "document.querySelector('#models tr').cells[2].textContent === '4'")
                    #expect(try await page.tile("workers") == "1")
                    #expect(try await page.tile("completed") == "4")
                    #expect(try await page.tile("broker") == "connected")
                    let models = try #require(try await page.rows(of: "models").first)
                    #expect(models.prefix(5) == ["echo", "house-echo (echo): available", "4", "0", "100 %"])
                    #expect(models.last == "unknown")
                    let newest = try #require(try await page.rows(of: "tasks").first)
                    #expect(newest.prefix(4) == [id, "completed", "echo", "normal"])
                    #expect(newest[5].hasSuffix(" ms"))
                    // Bars of the minutes in which they ended.
                    #expect(try await page.evaluate("document.querySelectorAll('#chart .bar-completed').length").integerValue ?? 0 > 0)

                    try await page.evaluate("document.querySelector('#tasks button').click()")
                    try await page.wait(until: "document.querySelector('#history').textContent.includes('attempts')")
                    let history = try JSONValue.parse(try await page.text(of: "#history"))
                    #expect(history["task_id"] == .string(id))
                    #expect(history["lives"]?[0]?["attempts"]?.arrayValue?.count == 1)
                }
                // The first document is still the one that is shown.
                #expect(try await page.evaluate("performance.getEntriesByType('navigation')[0].type").stringValue == "navigate")
                #expect(page.problems == [])
            }
        }
    }

    @Test("shows on opening which deployments are out at the moment, and when they are back")
    func health() async throws {
        try await withAPI { host in
            for name in ["primary", "spare"] {
                let model = #"{"name": "\#(name)", "provider": "echo", "model": "m"}"#
                #expect(try await host.http.send("POST", "/models", json: model).status == 201)
            }
            let worker = ControlLine(host.session)
            try await eventually("the node has heard of it") {
                worker.tell(.models([.opened(deployment: "primary", key: nil, time: .seconds(600), reason: "503 from the provider")]))
                return try await host.http.send("GET", "/status").json()["unhealthy"] != []
            }
            try await BrowserPage.with("http://127.0.0.1:\(host.port)/") { page in
                try await page.wait(until: "document.querySelector('#state').textContent === 'live'")
                let states = try #require(try await page.rows(of: "models").first?[1])
                #expect(states.contains("primary (echo): unhealthy until "))
                #expect(states.contains("spare (echo): available"))
                worker.tell(.models([.closed(deployment: "primary", key: nil)]))
                // Something happens, and the page looks again.
                _ = try await host.submit()
                try await page.wait(until: "document.querySelector('#models').textContent.includes('primary (echo): available')")
                #expect(page.problems == [])
            }
        }
    }

    @Test("asks for a key where there is one, and shows that key's workspace")
    func keys() async throws {
        try await withAPI(workspaces: ["acme"]) { host in
            let acme = try #require(Workspace("acme"))
            let key = try await AccessKeys(host.session).create(name: "a", workspace: acme, scopes: [.read, .submit]).key.reveal()
            try await eventually("the key counts") { try await host.http.send("GET", "/tasks").status == 401 }
            let headers: HTTPHeaders = ["X-API-Key": key]
            #expect(try await host.http.send("POST", "/tasks", headers: headers, json: #"{"prompt": "x"}"#).status == 202)
            try await BrowserPage.with("http://127.0.0.1:\(host.port)/") { page in
                try await page.wait(until: "!document.querySelector('#login').hidden")
                #expect(try await page.evaluate("document.querySelector('#main').hidden") == true)
                func enter(_ key: String) async throws {
                    try await page.evaluate(
                        "document.querySelector('#key').value = '\(key)'; document.querySelector('#open').click()")
                }
                try await enter("mb_wrong")
                try await page.wait(until: "document.querySelector('#state').textContent === 'needs a key'")
                try await enter(key)
                try await page.wait(until: "document.querySelector('#state').textContent === 'live'")
                #expect(try await page.text(of: "#workspace") == "acme")
                #expect(try await page.rows(of: "tasks").map { $0[1] } == ["queued"])
                #expect(try await page.evaluate("document.querySelector('#login').hidden") == true)
                // The browser itself tells of the answers to requests without the key.
                #expect(page.problems.allSatisfy { $0.contains("401") }, "\(page.problems)")
            }
        }
    }
}

extension BrowserPage {
    /// The cells of a table's rows.
    fileprivate func rows(of table: String) async throws -> [[String]] {
        let rows = try await evaluate(
            "[...document.querySelectorAll('#\(table) tr')].map((row) => [...row.cells].map((cell) => cell.textContent))")
        return (rows.arrayValue ?? []).map { ($0.arrayValue ?? []).compactMap(\.stringValue) }
    }

    fileprivate func tile(_ name: String) async throws -> String? {
        try await evaluate(
            "[...document.querySelectorAll('#tiles div')].find((tile) => tile.firstChild.textContent === '\(name)')?.lastChild.textContent"
        ).stringValue
    }
}

import Foundation
import Glibc
import MoltBotCore
import TestSupport

/// A page in headless Chromium (<https://chromedevtools.github.io/devtools-protocol/>).
struct BrowserPage: Sendable {
    /// Names of the binary: Debian's packages, and those of others.
    private static let names = ["chromium-headless-shell", "chromium", "chrome-headless-shell", "google-chrome", "chromium-browser"]

    private let pipe: DevToolsPipe
    private let session: String

    /// Runs `body` with the page at an address, once it has loaded.
    static func with<Result: Sendable>(
        _ address: String, _ body: @escaping @Sendable (BrowserPage) async throws -> Result
    ) async throws -> Result {
        let folder = try await TestRun.makeDirectory("browser")
        let (commands, answers) = (folder + "/commands", folder + "/answers")
        let result = try await DevToolsPipe.with(commands: commands, answers: answers) { pipe in
            // The sandbox needs another user than root.
            let sandbox = geteuid() == 0 ? ["--no-sandbox"] : []
            // The protocol's descriptors are 3 and 4.
            return try await withChildProcess(
                "/bin/sh",
                ["-c", #"exec "$@" 3<"$0/commands" 4>"$0/answers""#, folder, try browser()] + sandbox + [
                    "--headless", "--remote-debugging-pipe", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                    "--user-data-dir=\(folder)/profile", "about:blank",
                ], environment: ["HOME": folder]
            ) { child in
                let page = try await BrowserPage(pipe)
                try await page.open(address)
                let result = try await body(page)
                try await pipe.send("Browser.close")
                _ = try await child.waitForExit()
                return result
            }
        }
        try FileManager.default.removeItem(atPath: folder)
        return result
    }

    private init(_ pipe: DevToolsPipe) async throws {
        self.pipe = pipe
        let target = try await pipe.send("Target.createTarget", ["url": "about:blank"])
        let attached = try await pipe.send("Target.attachToTarget", ["targetId": target["targetId"] ?? .null, "flatten": true])
        guard let session = attached["sessionId"]?.stringValue else {
            throw UnexpectedAnswer(description: "Target.attachToTarget: \(attached)")
        }
        self.session = session
        for domain in ["Page", "Runtime", "Log"] { try await pipe.send("\(domain).enable", session: session) }
    }

    private func open(_ address: String) async throws {
        try await pipe.send("Page.navigate", ["url": .string(address)], session: session)
        _ = try await pipe.messages.first("the page to load", within: .seconds(60)) { $0["method"] == "Page.loadEventFired" }
    }

    /// Returns when a JavaScript expression is true; it is looked at with every change of the document.
    func wait(until expression: String, within duration: Duration = .seconds(60)) async throws {
        let script = """
            new Promise((done) => {
              const isSo = () => { try { return \(expression); } catch { return false; } };
              const observer = new MutationObserver(() => { if (isSo()) { observer.disconnect(); done(true); } });
              observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
              if (isSo()) { observer.disconnect(); done(true); }
            })
            """
        do {
            _ = try await evaluate(script, within: duration)
        } catch let error as TestSupportError {
            throw UnexpectedAnswer(description: "\(expression): \(error)\n\(try await text(of: "body"))\n\(problems)")
        }
    }

    /// The text of the first element that a CSS selector matches, as a person sees it.
    func text(of selector: String) async throws -> String {
        try await evaluate("document.querySelector('\(selector)').innerText").stringValue ?? ""
    }

    /// The value of an expression or, where that is a promise, of its result.
    @discardableResult
    func evaluate(_ expression: String, within duration: Duration = .seconds(30)) async throws -> JSONValue {
        let answer = try await pipe.send(
            "Runtime.evaluate", ["expression": .string(expression), "awaitPromise": true, "returnByValue": true], session: session,
            within: duration)
        guard answer["exceptionDetails"] == nil else { throw UnexpectedAnswer(description: "\(expression): \(answer)") }
        return answer["result"]?["value"] ?? .null
    }

    /// What stands in the console in red.
    var problems: [String] {
        pipe.messages.elements.compactMap { message in
            let parameters = message["params"] ?? .null
            switch message["method"]?.stringValue {
            case "Runtime.exceptionThrown": return "\(parameters["exceptionDetails"] ?? .null)"
            case "Runtime.consoleAPICalled" where parameters["type"] == "error": return "\(parameters["args"] ?? .null)"
            case "Log.entryAdded" where parameters["entry"]?["level"] == "error": return parameters["entry"]?["text"]?.stringValue
            default: return nil
            }
        }
    }

    private static func browser() throws -> String {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        for name in names {
            for folder in folders where FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") { return "\(folder)/\(name)" }
        }
        throw UnexpectedAnswer(
            description:
                "No browser: `make setup` installs one (Debian's chromium-headless-shell). Looked for \(names.joined(separator: ", ")).")
    }
}

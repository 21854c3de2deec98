import MoltBotCore
import MoltBotRelay
import TestSupport
import Testing

/// Real requests, verified by the libraries that receivers use.
@Suite("What receivers verify", .timeLimit(.minutes(30)))
struct VerificationTests {
    private func send(_ secrets: [WebhookSecret], to url: String, _ sender: WebhookSender) async -> SendOutcome {
        await sender.send(.example(), to: WebhookTarget(url: url, secrets: secrets))
    }

    @Test("standardwebhooks and OpenAI's library verify HMAC, and refuse another secret")
    func hmac() async throws {
        let secret = WebhookSecret.generate()
        try await VerificationJudge.with(secret: secret.text.reveal()) { judge in
            try await withSender { sender in
                let verified = await send([secret], to: judge.url + "/standardwebhooks", sender)
                #expect(verified.excerpt == "Zürich ✓" && verified.verdict == .delivered)
                let unwrapped = await send([secret], to: judge.url + "/openai", sender)
                #expect(unwrapped.excerpt == "task.completed" && unwrapped.verdict == .delivered)
                for path in ["/standardwebhooks", "/openai"] {
                    #expect(await send([.generate()], to: judge.url + path, sender).status == 400)
                    #expect(await send([], to: judge.url + path, sender).status == 400)
                }
            }
        }
    }

    @Test("During a rotation receivers with the old secret and with the new one verify; afterwards only the new one counts")
    func rotation() async throws {
        let (current, old) = (WebhookSecret.generate(), WebhookSecret.generate())
        var expiring = old
        expiring.expiresAt = .now() + .seconds(3600)
        var expired = old
        expired.expiresAt = .now()
        for secret in [current, old] {
            try await VerificationJudge.with(secret: secret.text.reveal()) { judge in
                try await withSender { sender in
                    for path in ["/standardwebhooks", "/openai"] {
                        #expect(await send([current, expiring], to: judge.url + path, sender).status == 200)
                        #expect(await send([current, expired], to: judge.url + path, sender).status == (secret == current ? 200 : 400))
                    }
                }
            }
        }
    }

    @Test("Ed25519, alone and beside HMAC while a receiver moves from one to the other")
    func ed25519() async throws {
        let (secret, hmac) = (WebhookSecret.generate(.ed25519), WebhookSecret.generate())
        let publicKey = try #require(secret.publicKey)
        try await VerificationJudge.with(secret: hmac.text.reveal(), publicKey: publicKey) { judge in
            try await withSender { sender in
                #expect(await send([secret], to: judge.url + "/ed25519", sender).excerpt == "verified")
                #expect(await send([secret, hmac], to: judge.url + "/ed25519", sender).excerpt == "verified")
                #expect(await send([secret, hmac], to: judge.url + "/standardwebhooks", sender).status == 200)
                #expect(await send([.generate(.ed25519)], to: judge.url + "/ed25519", sender).status == 400)
            }
        }
    }

    @Test("TLS: a certificate that nobody vouches for is a failure, and one of the operator's own authority is not")
    func tls() async throws {
        let folder = try await TestRun.makeDirectory("tls")
        let (file, key) = (folder + "/certificate.pem", folder + "/key.pem")
        let made = try await runToEnd(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj", "/CN=test",
                "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", file,
            ])
        #expect(made.exit == .code(0), "\(made.errorOutput)")
        let secret = WebhookSecret.generate()
        try await VerificationJudge.with(secret: secret.text.reveal(), certificate: (file, key)) { judge in
            try await withSender(allowHTTP: false) { sender in
                let outcome = await send([secret], to: judge.url + "/standardwebhooks", sender)
                #expect(outcome.answer == .failure)
                #expect(outcome.error?.contains("certificate") == true, "\(outcome)")
            }
            try await withSender(allowHTTP: false, caFile: file) { sender in
                #expect(await send([secret], to: judge.url + "/standardwebhooks", sender).status == 200)
            }
        }
    }

    @Test("The example receiver prints what comes, once, and refuses what is not for it")
    func example() async throws {
        let python = try await PythonEnvironment.interpreter()
        let secret = WebhookSecret.generate()
        try await withChildProcess(
            python, ["\(BuildProducts.repository)/examples/receive_webhooks.py", "0", "2"],
            environment: ["WEBHOOK_SECRET": secret.text.reveal()]
        ) { receiver in
            let line = try await receiver.errorOutput.first("a listening receiver") { $0.hasPrefix("listening on ") }
            let url = String(line.dropFirst("listening on ".count))
            try await withSender { sender in
                #expect(await send([.generate()], to: url, sender).status == 401)
                for _ in 0..<2 { #expect(await send([secret], to: url, sender).status == 204) }
                let target = WebhookTarget(url: url, secrets: [secret])
                #expect(await sender.send(.example(id: "t-2-terminal"), to: target).status == 204)
            }
            #expect(try await receiver.waitForExit() == .code(0))
            #expect(receiver.output.elements == Array(repeating: "task.completed t-1 Zürich ✓", count: 2))
        }
    }
}

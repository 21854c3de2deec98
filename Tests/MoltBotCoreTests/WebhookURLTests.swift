import MoltBotCore
import Testing

@Suite("URLs of webhooks at registration")
struct WebhookURLTests {
    @Test(
        "Accepted",
        arguments: [
            ("https://example.org/hook?token=a%20b", "example.org", 443), ("HTTPS://Example.ORG:8443", "example.org", 8443),
            ("https://example.org./", "example.org.", 443), ("https://8.8.8.8/", "8.8.8.8", 443),
            ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", 443),
            ("https://[2606:4700:0::1111]:444/a", "2606:4700::1111", 444), ("https://1.2.3.4.example.org/", "1.2.3.4.example.org", 443),
            ("https://my_service.example.org?x@y", "my_service.example.org", 443),
        ])
    func accepted(text: String, host: String, port: Int) throws {
        let url = try WebhookURL.check(text)
        #expect((url.text, url.host, url.port, url.isSecure) == (text, host, port, true))
    }

    @Test(
        "Refused, with the remedy",
        arguments: [
            ("", "absolute"), ("example.org/hook", "absolute"), ("ftp://example.org", "absolute"), ("//example.org", "absolute"),
            ("https:/example.org", "absolute"), ("http://example.org", "relay.allow_http"), ("https://", "no host"),
            ("https:///x", "no host"),
            ("https://user:pw@example.org/", "header"), ("https://user@8.8.8.8/", "header"), ("https://example.org/#x", "fragment"),
            ("https://example.org:0/", "port"), ("https://example.org:65536/", "port"), ("https://example.org:/", "port"),
            ("https://example.org:+443/", "port"), ("https://example.org:25/", "mail"), ("https://exa mple.org/", "percent-encode"),
            ("https://bücher.example/", "xn--"), ("https://example.org\\@10.0.0.1/", "percent-encode"), ("https://a..b/", "host name"),
            ("https://exam%70le.org/", "host name"), ("https://2130706433/", "four decimal"), ("https://0x7f.1/", "four decimal"),
            ("https://127.1/", "four decimal"), ("https://0177.0.0.1/", "four decimal"), ("https://127.0.0.1./", "four decimal"),
            ("https://1.2.3.4.5/", "four decimal"), ("https://0x7f000001/", "four decimal"),
            ("https://10.0.0.1/", "relay.allowed_networks"),
            ("https://[::1]/", "relay.allowed_networks"), ("https://[::ffff:127.0.0.1]/", "relay.allowed_networks"),
            ("https://169.254.169.254/latest", "metadata"), ("https://[fe80::1%25eth0]/", "zones"), ("https://[1.2.3.4]/", "IPv6"),
            ("https://[::1/", "bracket"), ("https://[2606:4700::1]x/", "path"), ("https://localhost/", "relay.allowed_networks"),
            ("https://api.LOCALHOST:8080/", "relay.allowed_networks"),
        ])
    func refused(text: String, hint: String) throws {
        let error = try #require(throws: InvalidWebhook.self) { try WebhookURL.check(text, field: "callback.url") }
        #expect(error.description.hasPrefix("callback.url: "))
        #expect(error.description.contains(hint))
        #expect(!error.description.contains("pw"))
    }

    @Test("What the operator allows: http, and networks of one's own")
    func allowed() throws {
        let loopback = try #require(IPNetwork("127.0.0.0/8"))
        let url = try WebhookURL.check("http://127.0.0.1:9000/hook", allowHTTP: true, allowedNetworks: [loopback])
        #expect(url.port == 9000 && !url.isSecure)
        #expect(try WebhookURL.check("http://localhost/", allowHTTP: true, allowedNetworks: [loopback]).port == 80)
        #expect(throws: InvalidWebhook.self) { try WebhookURL.check("http://10.0.0.1/", allowHTTP: true, allowedNetworks: [loopback]) }
    }

    @Test("Headers of one's own")
    func headers() throws {
        try WebhookHeaders.check(["Authorization": SecretString("Bearer hunter2"), "X-Empty": SecretString("")])
        let refused = [
            ["Webhook-Signature": "hunter2"], ["ce-id": "hunter2"], ["Content-Type": "hunter2"], ["HOST": "hunter2"], ["": "hunter2"],
            ["a b": "hunter2"], ["x:": "hunter2"], ["X": "hunter2\r\nY: z"], ["X": "hunter2\u{7F}"],
            ["X": String(repeating: "hunter2", count: 2000)],
        ]
        for headers in refused {
            let error = try #require(throws: InvalidWebhook.self) { try WebhookHeaders.check(headers.mapValues { SecretString($0) }) }
            #expect(error.description.hasPrefix("headers") && !error.description.contains("hunter2"))
        }
        let many = Dictionary(uniqueKeysWithValues: (0..<33).map { ("X-\($0)", SecretString("")) })
        #expect(throws: InvalidWebhook.self) { try WebhookHeaders.check(many) }
    }
}

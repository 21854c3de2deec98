import MoltBotCore
import TestSupport
import Testing

@Suite("Addresses webhooks may be sent to")
struct AddressPolicyTests {
    static let allowed = [
        "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
        "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
        "223.255.255.255", "::ffff:8.8.8.8", "2606:4700::1111", "2a00:1450:4001::200e", "2001:4860:4860::8888", "3ffe::1",
    ]

    @Test("Not public", arguments: ForbiddenAddresses.all)
    func refuses(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(!AddressPolicy().isAllowed(address))
        #expect(AddressPolicy().refusal(of: address) != nil)
    }

    @Test("Public, right beside those that are not", arguments: allowed)
    func allows(text: String) throws {
        #expect(AddressPolicy().isAllowed(try #require(IPAddress(text))))
    }

    @Test(
        "Listed networks are allowed; a metadata address only by itself, and a translator only where it leads somewhere allowed",
        arguments: [
            ("10.1.2.3", ["10.1.0.0/16"], true), ("10.2.2.3", ["10.1.0.0/16"], false), ("::ffff:10.1.2.3", ["10.1.0.0/16"], true),
            ("127.0.0.1", ["127.0.0.1"], true), ("127.0.0.2", ["127.0.0.1"], false), ("fd00::7", ["fd00::/8"], true),
            ("169.254.169.254", ["169.254.0.0/16"], false), ("169.254.169.254", ["0.0.0.0/0"], false),
            ("169.254.169.254", ["169.254.169.254/32"], true), ("fd00:ec2::254", ["fd00::/8"], false),
            ("64:ff9b::8.8.8.8", ["64:ff9b::/96"], true), ("64:ff9b::10.0.0.1", ["64:ff9b::/96"], false),
            ("64:ff9b::10.0.0.1", ["64:ff9b::/96", "10.0.0.0/8"], true), ("2002:a00:1::1", ["::/0"], false), ("10.0.0.1", ["::/0"], false),
        ])
    func listed(address: String, networks: [String], isAllowed: Bool) throws {
        let policy = AddressPolicy(allowedNetworks: try networks.map { try #require(IPNetwork($0)) })
        #expect(policy.isAllowed(try #require(IPAddress(address))) == isAllowed)
    }

    @Test(
        "Addresses read and written",
        arguments: [
            ("1.2.3.4", "1.2.3.4"), ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"), ("::ffff:1.2.3.4", "::ffff:102:304"),
            ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"), ("fe80::1%3", "fe80::1"),
        ])
    func text(given: String, canonical: String) {
        #expect(IPAddress(given)?.description == canonical)
    }

    @Test(
        "What is no address in canonical form",
        arguments: [
            "", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "127.1", "0x7f.0.0.1", "2130706433", "017700000001", "1.2.3.+4", "1.2.3.4.",
            " 1.2.3.4", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", ":::", "1:::2", "12345::", "::g", "1.2.3.4::", "::1.2.3", ":1::",
            "1:2:3:4:5:6:7::8", "١.2.3.4", "[::1]",
        ])
    func notAnAddress(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test("Networks read, and what is none")
    func networks() {
        #expect(IPNetwork("10.1.2.3/8")?.description == "10.0.0.0/8")
        #expect(IPNetwork("10.1.2.3")?.description == "10.1.2.3/32")
        #expect(IPNetwork("2001:db8::1/32")?.description == "2001:db8::/32")
        for text in [
            "", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08", "::/129", "10.0.0.0/8/8", "fe80::%1/10",
        ] {
            #expect(IPNetwork(text) == nil, "\(text)")
        }
    }
}

import TestSupport
import Testing

@Suite struct TestBrokerTests {
    @Test func virtualHostLivesAsLongAsItsScope() async throws {
        let name = try await TestBroker.withVirtualHost { host in
            #expect(host.url.hasSuffix("/\(host.name)"))
            try await host.management.expectSuccess("PUT", "/api/queues/\(host.name)/q", json: "{}")
            return host.name
        }
        #expect(try await TestBroker.shared.management.send("GET", "/api/vhosts/\(name)").status == 404)
    }
}

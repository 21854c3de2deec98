import FoundationEssentials
import Logging
package import PrivateBroker

/// A real RabbitMQ for tests.
///
///     try await TestBroker.withVirtualHost { host in
///         let connection = try await connect(host.url)
///     }
///
/// Tests that do no harm share one broker and get a virtual host each; tests that kill, suspend or alarm a broker get their own.
/// Whatever runs when the test process ends, for whichever reason, goes with it. See ``TestRun``.
package struct TestBroker: Sendable {
    /// Starts, stops, kills and suspends it.
    package let broker: PrivateBroker
    /// What it was started as; URL and ports stay the same over restarts, the pid does not.
    package let running: RunningBroker
    package let management: ManagementClient

    private static let sharedBroker = Task { try await TestBroker(options: .init()) }

    /// The broker shared by this process' tests, started at the first call.
    package static var shared: TestBroker {
        get async throws { try await sharedBroker.value }
    }

    /// A virtual host of the shared broker that exists as long as `body` runs.
    package static func withVirtualHost<Result>(_ body: (VirtualHost) async throws -> Result) async throws -> Result {
        try await shared.withVirtualHost(body)
    }

    /// A broker of one's own that exists as long as `body` runs; costs about 4 s.
    package static func withOwnBroker<Result>(
        options: PrivateBroker.Options = .init(), _ body: (TestBroker) async throws -> Result
    ) async throws -> Result {
        let own = try await TestBroker(options: options)
        do {
            let result = try await body(own)
            try await own.remove()
            return result
        } catch {
            try? await own.remove()
            throw error
        }
    }

    /// A virtual host of this broker that exists as long as `body` runs.
    package func withVirtualHost<Result>(_ body: (VirtualHost) async throws -> Result) async throws -> Result {
        let host = VirtualHost(name: "test-\(UInt32.random(in: .min ... .max))", broker: self)
        try await management.expectSuccess("PUT", "/api/vhosts/\(host.name)")
        try await management.expectSuccess(
            "PUT", "/api/permissions/\(host.name)/\(running.user)", json: #"{"configure": ".*", "write": ".*", "read": ".*"}"#)
        do {
            let result = try await body(host)
            try await management.expectSuccess("DELETE", "/api/vhosts/\(host.name)")
            return result
        } catch {
            _ = try? await management.send("DELETE", "/api/vhosts/\(host.name)")
            throw error
        }
    }

    private init(options: PrivateBroker.Options) async throws {
        var options = options
        // A developer's nearly full disk must not block the publishers of every test.
        options.freeDiskLimit = min(options.freeDiskLimit, 1 << 20)
        state = try await TestRun.makeDirectory("broker")
        broker = PrivateBroker(stateDirectory: state, logger: Logger(label: "test-broker") { _ in SwiftLogNoOpLogHandler() })
        running = try await broker.start(options: options)
        management = try ManagementClient(running)
    }

    private let state: String

    /// Killed rather than stopped: its data is deleted anyway.
    private func remove() async throws {
        try await broker.kill()
        try FileManager.default.removeItem(atPath: state)
    }
}

import PrivateBroker

/// A loopback port on which nothing listens, for a server that comes later: below the ephemeral range, so that no outgoing connection gets
/// it meanwhile.
package func unusedPort() throws -> Int {
    guard let port = FreePorts.pick(1, for: .kept).first else { throw TestSupportError(.setUpFailed, "No port is free.") }
    return port
}

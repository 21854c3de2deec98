import PrivateBroker

/// An empty virtual host of a test broker.
package struct VirtualHost: Sendable {
    package let name: String
    package let broker: TestBroker

    /// The AMQP URL of this virtual host, with credentials.
    package var url: String { broker.running.amqpURL(virtualHost: name) }

    /// The management API of its broker; paths name the virtual host, e.g. `/api/queues/<name>`.
    package var management: ManagementClient { broker.management }

    /// Ends the connection of that name from the broker's side.
    /// - Returns: false when there is none.
    package func breakConnection(named connection: String) async throws -> Bool {
        let script = """
            [rabbit_networking:close_connection(P, "test") || [{pid, P}, {vhost, <<"\(name)">>}, {client_properties, C}] \
            <- rabbit_networking:connection_info_all([pid, vhost, client_properties]), \
            {<<"connection_name">>, _, <<"\(connection)">>} <- C].
            """
        return "\(try await broker.broker.control(["eval", script]))".contains("ok")
    }
}

import PrivateBroker

/// An empty virtual host of a test broker.
package struct VirtualHost: Sendable {
    package let name: String
    package let broker: TestBroker

    /// The AMQP URL of this virtual host, with credentials.
    package var url: String { broker.running.amqpURL(virtualHost: name) }

    /// The management API of its broker; paths name the virtual host, e.g. `/api/queues/<name>`.
    package var management: ManagementClient { broker.management }
}

extension PrivateBroker {
    /// How to run the broker. Applies when it is started; a broker that already runs keeps what it was started with.
    package struct Options: Sendable {
        /// How much memory the broker may use before it blocks publishers.
        package enum MemoryWatermark: Sendable {
            /// Of the machine's memory, 0 to 1.
            case fraction(Double)
            case bytes(Int)
        }

        /// The AMQP port. Without it a free one is picked once and kept, so that the URL survives a restart.
        package var amqpPort: Int?
        /// Whether to serve the management HTTP API on loopback. Its statistics stay off, so it costs next to nothing while idle:
        /// lists, bindings, definitions and policies work, rates and message counts of queues need `enable_queue_totals`.
        package var enablesManagement = true
        /// How long a delivery may stay unacknowledged. RabbitMQ's own default of 30 minutes would cut off long model calls.
        package var consumerTimeout: Duration = .seconds(4 * 60 * 60)
        /// `nil` keeps the broker's default, 40 % of the memory.
        package var memoryWatermark: MemoryWatermark?
        /// Publishers are blocked when the disk has less free bytes than this. RabbitMQ's default of 50 MB leaves too little
        /// for it to write what it has already accepted.
        package var freeDiskLimit = 128 << 20
        /// More lines for `rabbitmq.conf`, later lines win.
        package var extraConfiguration: [String] = []
        /// How long `start` waits until the broker serves AMQP: a few seconds, and more when it has many messages to read or others
        /// need the processors.
        package var startDeadline: Duration = .seconds(180)
        /// How long `start` waits for a port that is taken: a program that is ending holds its ports a moment longer, the broker before
        /// this one too.
        package var portPatience: Duration = .seconds(5)

        package init() {}
    }

    /// What a look at the broker found.
    package enum Status: Sendable, Equatable {
        case stopped
        case running(RunningBroker)
        /// The process exists and does not answer on its AMQP port: starting, suspended or stuck.
        case notResponding(pid: Int32)
    }
}

import MoltBotConfig

/// A broker closes the channel of a consumer that holds a delivery for longer than its `consumer_timeout`, with everything that
/// channel holds. A task must have ended before.
struct ConsumerTimeoutRule {
    /// RabbitMQ's default since 3.8.17 (`consumer_timeout`, <https://www.rabbitmq.com/docs/consumers#acknowledgement-timeout>).
    private static let brokerDefault = Duration.seconds(30 * 60)
    /// For what happens around the model call: finding the outcome of an earlier delivery, publishing and confirming this one.
    private static let margin = Duration.seconds(60)

    private let settings: Settings
    private let consumerTimeout: Duration
    private let origin: String

    init(settings: Settings, broker: BrokerAddress) {
        self.settings = settings
        if let known = broker.knownConsumerTimeout {
            (consumerTimeout, origin) = (known, "as the private broker is configured")
        } else if let stated = settings.worker.consumerTimeout {
            let place = settings.place(of: .workerConsumerTimeout)
            (consumerTimeout, origin) = (stated, "as \(SettingKey.workerConsumerTimeout.name) says, from \(place)")
        } else {
            (consumerTimeout, origin) = (Self.brokerDefault, "RabbitMQ's default")
        }
    }

    /// - Throws: ``CommandFailure`` when a task could outlast the broker's patience.
    func check() throws(CommandFailure) {
        let limit = consumerTimeout - Self.margin
        guard settings.worker.maximumTaskTimeout > limit else { return }
        let key = SettingKey.workerMaximumTaskTimeout
        throw CommandFailure(
            .configuration,
            "\(key.name) is \(settings.worker.maximumTaskTimeout.settingText) (from \(settings.place(of: key))), but the broker takes a task back after \(consumerTimeout.settingText) (\(origin)) "
                + "and would have it run again",
            remedy:
                "Set \(key.name) (\(key.variable)) to at most \(limit.settingText), or raise consumer_timeout in the broker's rabbitmq.conf and state it "
                + "as \(SettingKey.workerConsumerTimeout.name) (\(SettingKey.workerConsumerTimeout.variable)).")
    }
}

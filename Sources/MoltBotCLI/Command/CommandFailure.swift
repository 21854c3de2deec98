import AMQP
import CurlHTTP
import MoltBotAPI
import MoltBotConfig
import MoltBotCore
import MoltBotLedger
import MoltBotMessaging
import PrivateBroker

/// Why a command failed, for the person at the terminal and the script that started it.
struct CommandFailure: Error, Sendable {
    /// What was tried and what happened.
    let message: String
    /// What to do about it, where the message does not say so itself.
    let remedy: String?
    let status: ExitStatus

    init(_ status: ExitStatus, _ message: String, remedy: String? = nil) {
        self.status = status
        self.message = message
        self.remedy = remedy
    }

    /// Says any error of the modules below in the same way.
    init(_ error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let closed as Console.Closed: self.init(.outputFailed, "standard output can't be written: \(closed.reason)")
        case let error as AMQPError: self.init(error)
        case let error as TopologyError: self.init(error)
        case let error as PrivateBrokerError: self.init(Self.status(of: error), error.description)
        case let error as SettingsError: self.init(.configuration, error.message)
        case let error as RegistryError where error.code == .unknownEntry:
            self.init(.failed, error.message, remedy: "`moltbot webhooks list` shows what there is.")
        case let error as RegistryError: self.init(.configuration, error.message)
        case let error as InvalidDeployment: self.init(.usage, "the deployment can't be used: \(error)")
        case let error as InvalidWebhook: self.init(.usage, "the webhook can't be registered: \(error)")
        case let error as ModelError: self.init(.configuration, error.message)
        case let error as APIError: self.init(.configuration, error.message)
        case let error as LedgerError: self.init(.configuration, error.message)
        case let problem as NodeProblem: self.init(problem)
        case let error as HTTPError: self.init(.unavailable, error.description)
        case is CancellationError: self.init(.failed, "the command was cancelled")
        default: self.init(.fault, "\(error)")
        }
    }

    private init(_ error: AMQPError) {
        let broker = "Start a private broker with `moltbot broker start`, or name another one with --broker-url or MOLTBOT_BROKER_URL."
        switch error.code {
        case .connectFailed, .notConnected, .tls:
            self.init(.unavailable, error.message, remedy: broker)
        case .connectionRefused, .connectionLost, .connectionClosed, .timeout:
            self.init(.unavailable, error.message)
        case .authenticationRefused, .virtualHostRefused:
            self.init(.refused, error.message)
        case .blocked, .nacked, .outcomeUnknown:
            self.init(.tryLater, error.message)
        case .invalidURL, .invalidConfiguration:
            self.init(.configuration, error.message)
        case .unroutable, .consumerCancelled:
            self.init(.configuration, error.message, remedy: "Look at what the broker lacks with `moltbot topology plan`.")
        case .channelClosed where error.replyCode == 403:
            self.init(.refused, error.message)
        case .channelClosed where error.replyCode == 404 || error.replyCode == 406:
            self.init(.configuration, error.message, remedy: "Look at what the broker lacks with `moltbot topology plan`.")
        case .protocolViolation:
            self.init(.unavailable, error.message, remedy: "Is it RabbitMQ, and the port the one for AMQP (5672, or 5671 with amqps://)?")
        default:
            self.init(.failed, error.message)
        }
    }

    private init(_ error: TopologyError) {
        if error.code == .brokerFailed, let cause = error.cause as? AMQPError {
            self.init(cause)
            return
        }
        let status: ExitStatus =
            switch error.code {
            case .accessRefused: .refused
            case .brokerFailed, .managementFailed: .unavailable
            default: .configuration
            }
        self.init(status, error.message)
    }

    private static func status(of error: PrivateBrokerError) -> ExitStatus {
        switch error.code {
        case .notInstalled, .stateUnusable, .portInUse: .configuration
        case .diskFull: .tryLater
        case .bootFailed, .startTimedOut, .notRunning, .notResponding: .unavailable
        default: .failed
        }
    }
}

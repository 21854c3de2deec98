internal import AMQP
internal import MoltBotCore
internal import MoltBotMessaging

extension MoltBotError {
    /// What the lower modules throw, in the library's terms.
    init(_ error: any Error) {
        switch error {
        case let error as MoltBotError: self = error
        case let error as AMQPError: self.init(broker: error)
        case let error as InvalidTask: self.init(.invalidRequest, error.description, cause: error)
        case let error as InvalidDeployment: self.init(.invalidRequest, "\(error)", cause: error)
        case let error as InvalidWebhook: self.init(.invalidRequest, error.description, cause: error)
        case let error as RegistryError where error.code == .noKey:
            self.init(
                .registry, "there is no master key to seal secrets with: give the workers' one with Options.masterKey or masterKeyFile",
                cause: error)
        case let error as RegistryError: self.init(.registry, error.message, cause: error, isRetriable: error.isRetriable)
        case let error as TopologyError:
            self.init(
                error.code == .accessRefused ? .accessRefused : .registry, error.message, cause: error, isRetriable: error.isRetriable)
        case is CancellationError: self = .cancelled
        default: self.init(.registry, "\(error)", cause: error)
        }
    }

    init(broker error: AMQPError) {
        let code: Code =
            switch error.code {
            case .invalidURL, .invalidConfiguration, .tls: .invalidConfiguration
            case .authenticationRefused, .virtualHostRefused: .accessRefused
            case .unroutable: .unknownWorkspace
            case .messageTooLarge: .refused
            case .timeout: .timeout
            case .cancelled: .cancelled
            case .channelClosed where error.replyCode == 403: .accessRefused
            case .channelClosed where error.replyCode == 404: .unknownWorkspace
            case .channelClosed: .refused
            default: .notConnected
            }
        self.init(code, error.message, cause: error, isRetriable: error.isRetriable)
    }

    static let closed = MoltBotError(.closed, "the client was closed; tasks that were submitted go on")
    static let cancelled = MoltBotError(.cancelled, "the caller was cancelled; tasks that were submitted go on")
}

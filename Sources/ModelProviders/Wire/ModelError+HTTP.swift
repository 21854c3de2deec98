import CurlHTTP
import MoltBotCore

extension ModelError {
    /// An exchange that did not end in a response.
    ///
    /// - Parameter isAnswering: Whether the answer had begun: then it broke off, whatever the network calls it.
    convenience init(_ error: HTTPError, timeout: Duration, isAnswering: Bool = false) {
        switch error.code {
        case .cancelled, .shutdown:
            self.init(.cancelled, message: error.message)
        case .invalidURL, .invalidRequest, .addressDenied:
            self.init(.invalidRequest, message: error.message)
        case .tooLarge:
            self.init(.invalidRequest, message: "The answer is larger than allowed: \(error.message)")
        case .reset where isAnswering:
            self.init(.streamBroken, message: "The answer broke off: \(error.message)")
        default:
            if let phase = error.code.timeoutPhase {
                let limit = phase == .total ? " (the call may take \(timeout.formatted))" : ""
                self.init(.timeout, message: error.message + limit)
            } else {
                self.init(.network, message: error.message, isRetryable: error.isRetriable)
            }
        }
    }
}

extension Duration {
    fileprivate var formatted: String { "\(Double(wholeMilliseconds) / 1000) s" }
}

/// Why an exchange did not end in a response. Never contains the URL's user info or query, or a header's value.
public struct HTTPError: Error, Sendable, CustomStringConvertible {
    /// The limit of ``HTTPTimeouts`` that was reached.
    public enum TimeoutPhase: String, Sendable, Hashable {
        case connect
        case firstByte
        case total
    }

    /// The kind of failure; more may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: Hashable {
            case invalidURL, invalidRequest, resolve, connect, tls, reset, tooLarge, cancelled, addressDenied, shutdown
            case protocolViolation, internalFailure
            case timeout(TimeoutPhase)
        }

        private let kind: Kind

        /// Not an absolute `http` or `https` URL.
        public static let invalidURL = Code(kind: .invalidURL)
        /// A method or header that cannot be sent safely.
        public static let invalidRequest = Code(kind: .invalidRequest)
        /// The host name has no address.
        public static let resolve = Code(kind: .resolve)
        /// No address of the host took the connection.
        public static let connect = Code(kind: .connect)
        /// The handshake failed or the certificate did not hold.
        public static let tls = Code(kind: .tls)
        /// The connection ended before the response did; the server may have acted on the request.
        public static let reset = Code(kind: .reset)
        /// The response was longer than allowed.
        public static let tooLarge = Code(kind: .tooLarge)
        /// The waiting task was cancelled, or the scope of a stream was left.
        public static let cancelled = Code(kind: .cancelled)
        /// The address policy allowed none of the host's addresses.
        public static let addressDenied = Code(kind: .addressDenied)
        /// The client was shut down.
        public static let shutdown = Code(kind: .shutdown)
        /// What the server sent is not HTTP.
        public static let protocolViolation = Code(kind: .protocolViolation)
        /// The client ran out of a resource of its own: memory, threads, descriptors.
        public static let internalFailure = Code(kind: .internalFailure)

        /// A limit of ``HTTPTimeouts`` was reached.
        public static func timeout(phase: TimeoutPhase) -> Code {
            Code(kind: .timeout(phase))
        }

        /// The limit that was reached, for the timeout codes.
        public var timeoutPhase: TimeoutPhase? {
            if case .timeout(let phase) = kind { phase } else { nil }
        }

        /// Whether the fault, after a head, lies in what the server sent behind it, and not with the caller or the client.
        var isOfTheBody: Bool {
            switch kind {
            case .tooLarge, .reset, .tls, .timeout, .protocolViolation: true
            case .invalidURL, .invalidRequest, .resolve, .connect, .cancelled, .addressDenied, .shutdown, .internalFailure: false
            }
        }

        /// Whether the same request may succeed later without anything being changed.
        fileprivate var isTransient: Bool {
            switch kind {
            case .resolve, .connect, .timeout, .reset, .internalFailure: true
            case .invalidURL, .invalidRequest, .tls, .tooLarge, .cancelled, .addressDenied, .shutdown, .protocolViolation: false
            }
        }

        public var description: String {
            if case .timeout(let phase) = kind { "timeout(\(phase.rawValue))" } else { "\(kind)" }
        }
    }

    public let code: Code

    /// What happened, and to which scheme, host, port and path.
    public let message: String

    /// libcurl's own number (`CURLcode`), where libcurl found the fault.
    public let curlCode: Int?

    /// Whether the same request may succeed later. Says nothing about whether the server acted on this one.
    public let isRetriable: Bool

    init(_ code: Code, _ message: String, curlCode: Int? = nil, isRetriable: Bool? = nil) {
        self.code = code
        self.message = message
        self.curlCode = curlCode
        self.isRetriable = isRetriable ?? code.isTransient
    }

    public var description: String {
        "\(code): \(message)"
    }
}

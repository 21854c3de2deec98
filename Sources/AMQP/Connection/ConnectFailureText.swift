internal import NIOCore
internal import NIOPosix

/// Why no connection came about, in words of the operating system rather than of the network library.
enum ConnectFailureText {
    static func describe(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError: return describe(error)
        case let error as IOError: return reason(error)
        case ChannelError.connectTimeout(let limit): return "no connection within \(Double(limit.nanoseconds) / 1_000_000_000) s"
        default: return "\(error)"
        }
    }

    /// There is one failure for each address of the host: mostly they say the same.
    private static func describe(_ error: NIOConnectionError) -> String {
        var texts: [String] = []
        for failure in error.connectionErrors {
            let text = describe(failure.error)
            if !texts.contains(text) { texts.append(text) }
        }
        guard texts.isEmpty else { return texts.joined(separator: "; ") }
        // The lookup's own text ends with the name, which the sentence around this one has already.
        return "the host's name could not be resolved"
    }

    /// Of NIO's "connection reset (error set): Connection refused) (errno: 111)" the middle is what helps.
    private static func reason(_ error: IOError) -> String {
        let text = error.description
        guard let start = text.firstRange(of: "): ")?.upperBound else { return text }
        return String(text[start...].replacing(") (errno", with: " (errno"))
    }
}

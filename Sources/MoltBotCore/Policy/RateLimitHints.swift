/// What a provider said about its limits beside an answer or an error, at the moment it said so.
///
/// What it did not say is nil, which is not the same as "no limit".
package struct RateLimitHints: Sendable, Equatable {
    /// One counted thing.
    package struct Window: Sendable, Equatable {
        /// How many are allowed in a whole window.
        package var limit: Int?
        /// How many are left of this one.
        package var remaining: Int?
        /// How long until it is full again.
        package var reset: Duration?

        package init(limit: Int? = nil, remaining: Int? = nil, reset: Duration? = nil) {
            self.limit = limit
            self.remaining = remaining
            self.reset = reset
        }
    }

    package var requests: Window?
    /// Input and output together; where a provider counts them apart (Anthropic), the tighter of what it says.
    package var tokens: Window?
    package var inputTokens: Window?
    package var outputTokens: Window?

    package init(requests: Window? = nil, tokens: Window? = nil, inputTokens: Window? = nil, outputTokens: Window? = nil) {
        self.requests = requests
        self.tokens = tokens
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
    }

    package var isEmpty: Bool { windows.isEmpty }

    /// When all the windows that have nothing left are full again; nil when none of them is empty, or none says when.
    package var waitForExhausted: Duration? {
        windows.filter { $0.remaining == 0 }.compactMap(\.reset).max()
    }

    private var windows: [Window] { [requests, tokens, inputTokens, outputTokens].compactMap { $0 } }
}

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

    private enum Subject { case requests, tokens, inputTokens, outputTokens }

    /// Only of what the provider spoke of. Every answer and every error has room for hints, and thousands of calls in flight have room for an
    /// answer and an error in each frame of their wait: so this is one reference, and not four windows.
    private var windows: [Subject: Window] = [:]

    package init(requests: Window? = nil, tokens: Window? = nil, inputTokens: Window? = nil, outputTokens: Window? = nil) {
        windows[.requests] = requests
        windows[.tokens] = tokens
        windows[.inputTokens] = inputTokens
        windows[.outputTokens] = outputTokens
    }

    package var requests: Window? { windows[.requests] }
    /// Input and output together; where a provider counts them apart (Anthropic), the tighter of what it says.
    package var tokens: Window? { windows[.tokens] }
    package var inputTokens: Window? { windows[.inputTokens] }
    package var outputTokens: Window? { windows[.outputTokens] }

    package var isEmpty: Bool { windows.isEmpty }

    /// When all the windows that have nothing left are full again; nil when none of them is empty, or none says when.
    package var waitForExhausted: Duration? {
        windows.values.filter { $0.remaining == 0 }.compactMap(\.reset).max()
    }
}

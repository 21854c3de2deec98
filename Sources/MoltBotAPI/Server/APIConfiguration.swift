/// Where the API listens, and how much of each thing it takes.
package struct APIConfiguration: Sendable {
    /// A name or an IP address. Anything but a loopback address needs access keys or tokens.
    package var host = "127.0.0.1"
    /// 0 lets the system choose one.
    package var port = 8000
    /// Bytes of a request's body; the worker's own limit of a task is the same by default.
    package var maximumBodyBytes = 8 << 20
    /// Bytes of all header lines of a request.
    package var maximumHeaderBytes = 32 << 10
    package var maximumHeaderCount = 100
    /// A connection on which nothing moves is closed after this, also in the middle of a request.
    package var idleTimeout = Duration.seconds(60)
    /// For the whole of a body to arrive.
    package var bodyTimeout = Duration.seconds(30)
    /// For a listener that is sent away to read what waits for it, and the reason; then its connection is closed.
    package var farewell = Duration.seconds(30)
    /// How long an answer waits for this node to have read what was just written (design: 2 s).
    package var readPatience = Duration.seconds(2)
    /// Tasks on their way to the broker at once; more are answered with 429.
    package var maximumUnconfirmed = 2000
    /// Web pages of these origins may use the API; none by default.
    package var allowedOrigins: [String] = []

    package init() {}
}

internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import MoltBotCore
internal import NIOCore

/// What belongs to one request.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Names the request in logs and answers; the client's own `X-Request-Id` where it sends a usable one.
    var requestID = ""
    /// Who asks. Set before an endpoint runs.
    var caller = Caller.nobody
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    /// A parameter of the path, percent-decoded. Endpoints name them, so one that is missing is a fault of the route table.
    func parameter(_ name: String) throws(Problem) -> String {
        guard let text = coreContext.parameters.get(name) else { throw .notFound("This address") }
        return PercentEncoding.decode(text) ?? text
    }
}

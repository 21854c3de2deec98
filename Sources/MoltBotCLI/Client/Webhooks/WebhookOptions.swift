import ArgumentParser
import MoltBotCore

/// What an endpoint is like; what is not given stays as it is.
struct WebhookOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Event types, separated by commas; * stands for one word, and at the end for all that follow.", valueName: "types"),
        transform: WebhookOptionSyntax.events)
    var events: [EventPattern]?

    @Option(
        name: .customLong("header"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A header of each request; kept sealed like the secret. Repeatable.", valueName: "name: value"),
        transform: WebhookOptionSyntax.header)
    var headers: [WebhookOptionSyntax.Header] = []

    @Option(
        help: ArgumentHelp("The waits before the retries, ±20 %, such as 5s,5m,30m; or none.", valueName: "durations"),
        transform: WebhookOptionSyntax.schedule)
    var schedule: [Duration]?

    @Option(help: ArgumentHelp("Requests that run at once, 1 to 1000.", valueName: "number"))
    var maxInFlight: Int?

    @Option(
        help: ArgumentHelp("At most so many requests in a time, such as 100/1m.", valueName: "requests/period"),
        transform: WebhookOptionSyntax.rateLimit)
    var rateLimit: WebhookEndpoint.RateLimit?

    @Option(help: ArgumentHelp("For a whole request, 1s to 60s.", valueName: "duration"), transform: WebhookOptionSyntax.duration)
    var timeout: Duration?

    @Option(help: ArgumentHelp("none: side by side; fifo: each task's events in their order.", valueName: "ordering"))
    var ordering: WebhookEndpoint.Ordering?

    @Option(help: ArgumentHelp("A text for people.", valueName: "text"))
    var description: String?

    func apply(to endpoint: inout WebhookEndpoint) {
        if let events { endpoint.eventTypes = events }
        if let schedule { endpoint.schedule = schedule }
        if let maxInFlight { endpoint.maxInFlight = maxInFlight }
        if let rateLimit { endpoint.rateLimit = rateLimit }
        if let timeout { endpoint.timeout = timeout }
        if let ordering { endpoint.ordering = ordering }
        if let description { endpoint.description = description.isEmpty ? nil : description }
        for header in headers {
            for name in endpoint.headers.keys where name.lowercased() == header.name.lowercased() { endpoint.headers[name] = nil }
            endpoint.headers[header.name] = header.value
        }
    }
}

extension WebhookEndpoint.Ordering: ExpressibleByArgument {}

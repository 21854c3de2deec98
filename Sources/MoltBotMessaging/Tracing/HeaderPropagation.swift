internal import AMQP
internal import Instrumentation

/// Carries the trace (W3C `traceparent`, `tracestate`, and whatever else the process's instrument uses) in message headers.
struct HeaderInjector: Injector {
    func inject(_ value: String, forKey key: String, into headers: inout AMQPTable) {
        headers[key] = .string(value)
    }
}

struct HeaderExtractor: Extractor {
    func extract(key: String, from headers: AMQPTable) -> String? {
        headers[key]?.stringValue
    }
}

internal import PrivateBroker

/// What a quorum queue's process does, from inside the broker (RabbitMQ 3.10.8).
package struct QuorumQueue: Sendable {
    private let broker: PrivateBroker
    private let lookup: String

    package init(_ name: String, in host: VirtualHost) {
        broker = host.broker.broker
        lookup =
            "{ok, Q} = rabbit_amqqueue:lookup(rabbit_misc:r(<<\"\(host.name)\">>, queue, <<\"\(name)\">>)), P = amqqueue:get_pid(Q), "
    }

    /// From now on it answers nobody, for so long; it goes on by itself.
    package func suspend(forMilliseconds time: Int) async throws {
        _ = try await broker.control(["eval", lookup + "sys:suspend(P), timer:apply_after(\(time), sys, resume, [P])."])
    }

    /// When it last counted as used, from which it expires: milliseconds of the broker's clock.
    package func lastUse() async throws -> Int {
        // The only time in the state of rabbit_fifo.
        let printed = try await broker.control([
            "eval",
            lookup
                + "{ok, {_, S}, _} = ra:local_query(P, fun(S) -> S end), lists:max([T || T <- tuple_to_list(S), is_integer(T)]).",
        ])
        guard let time = Int(printed.filter(\.isNumber)) else { throw TestSupportError(.ended, "The broker printed: \(printed)") }
        return time
    }
}

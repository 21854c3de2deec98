import AMQP
import MoltBotAPI
import MoltBotCore
import MoltBotMessaging
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@Suite("Listeners", .timeLimit(.minutes(3)))
struct ListenerTests {
    @Test("that read too slowly are sent away with the reason, hold up nobody, and find the rest when they come back")
    func slow() async throws {
        // More than the system's buffers of a connection take, and the 1,000 events that a listener may be behind.
        let (count, size) = (2500, 16 << 10)
        try await withAPI { host in
            let late = Recorder<EventClient.Event>()
            let prompt = Recorder<String>()
            let opened = Recorder<Void>()
            let mayRead = Gate()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await EventClient.read(port: host.port, "/events", opened: { opened.record(()) }) { event in
                        prompt.record(event.id ?? "")
                        return prompt.count < count
                    }
                }
                group.addTask {
                    try await EventClient.read(port: host.port, "/events", opened: { opened.record(()) }) { event in
                        try await mayRead.wait("its turn", within: .seconds(120))
                        late.record(event)
                        return event.type != "end"
                    }
                }
                try await opened.atLeast(2, "an open stream")
                try await host.tellOfTasks(count, size: size)
                try await prompt.atLeast(count, "an event", within: .seconds(90))
                mayRead.open()
                try await group.waitForAll()
            }
            let end = try #require(late.elements.last)
            #expect(end.type == "end")
            #expect(try JSONValue.parse(end.data)["code"] == "too-slow")
            let known = late.elements.dropLast().compactMap(\.id)
            #expect(known == Array(prompt.elements.prefix(known.count)))
            #expect(known.count < count)

            let last = try #require(known.last)
            let rest = Recorder<String>()
            try await EventClient.read(port: host.port, "/events", headers: ["Last-Event-ID": last]) { event in
                rest.record(event.id ?? "")
                return rest.count < count - known.count
            }
            #expect(known + rest.elements == prompt.elements)
        }
    }

    @Test("that come back to another stream are told that there is a gap")
    func gap() async throws {
        let place = try await withAPI { host in
            try await host.tellOfTasks(20, size: 100)
            return try await host.firstEvent("/events").id
        }
        let id = try #require(place)
        try await withAPI { host in
            try await host.tellOfTasks(3, size: 100)
            #expect(try await host.firstEvent("/events", ["Last-Event-ID": id]).type == "gap")
        }
    }
}

extension Host {
    /// Puts the ends of tasks into the stream, as workers would.
    fileprivate func tellOfTasks(_ count: Int, size: Int) async throws {
        let result = String(repeating: "x", count: size)
        for _ in 0..<count {
            var outcome = TaskOutcome(taskID: TaskID(), workspace: .default, status: .completed)
            outcome.createdAt = .now()
            outcome.result = result
            let event = TaskEvent(outcome)
            try await session.publishing.publish(
                AMQPMessage(
                    exchange: "", routingKey: "moltbot.ledger",
                    properties: AMQPProperties(
                        contentType: TaskEvent.contentType, deliveryMode: .persistent, messageID: event.id, type: event.type.rawValue),
                    body: ByteBuffer(bytes: event.encode())))
        }
    }

    fileprivate func firstEvent(_ path: String, _ headers: HTTPHeaders = [:]) async throws -> EventClient.Event {
        let heard = Recorder<EventClient.Event>()
        try await EventClient.read(
            port: port, path, headers: headers,
            opened: { if headers.isEmpty { try await tellOfTasks(1, size: 100) } }
        ) { event in
            heard.record(event)
            return false
        }
        return try await heard.first("an event") { _ in true }
    }
}

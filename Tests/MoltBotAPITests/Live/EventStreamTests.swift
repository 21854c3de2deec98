import AMQP
import MoltBotAPI
import MoltBotCore
import MoltBotMessaging
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@Suite("Server-sent events")
struct EventStreamTests {
    @Test("tell what happens to tasks, and go on where a listener left off, also on another node")
    func replay() async throws {
        try await withAPI { host in
            try await host.withWorker {
                let heard = Recorder<EventClient.Event>()
                let opened = Gate()
                let ids = try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        try await EventClient.read(port: host.port, "/events?type=task.completed", opened: { opened.open() }) { event in
                            heard.record(event)
                            return heard.count < 5
                        }
                    }
                    try await opened.wait()
                    var ids: [String] = []
                    for _ in 0..<5 { ids.append(try await host.submit()) }
                    try await group.waitForAll()
                    return ids
                }
                #expect(heard.elements.allSatisfy { $0.type == "task.completed" })
                let tasks = try heard.elements.map { try JSONValue.parse($0.data)["data"]?["task_id"]?.stringValue }
                #expect(Set(tasks.compactMap(\.self)) == Set(ids))

                let second = try #require(heard.elements[1].id)
                let again = Recorder<EventClient.Event>()
                let read: @Sendable (EventClient.Event) -> Bool = { event in
                    again.record(event)
                    return !again.count.isMultiple(of: 3)
                }
                try await EventClient.read(port: host.port, "/events?type=task.completed", headers: ["Last-Event-ID": second], read)
                // A node that has just started has nothing in memory, and asks the stream.
                try await withAPI(on: host.virtualHost) { other in
                    try await EventClient.read(port: other.port, "/events?type=task.completed", headers: ["Last-Event-ID": second], read)
                }
                #expect(Array(again.elements.prefix(3)) == Array(heard.elements.suffix(3)))
                #expect(Array(again.elements.suffix(3)) == Array(heard.elements.suffix(3)))
            }
        }
    }

    @Test("of one task end with the task, whenever one starts to listen")
    func oneTask() async throws {
        try await withAPI { host in
            let id = try await host.submit()
            let heard = Recorder<EventClient.Event>()
            let opened = Gate()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await EventClient.read(port: host.port, "/tasks/\(id)/events", opened: { opened.open() }) { event in
                        heard.record(event)
                        return true
                    }
                }
                try await opened.wait()
                try await host.withWorker { _ = try await host.ended(id) }
                try await group.waitForAll()
            }
            #expect(heard.elements.last?.type == "task.completed")
            let late = Recorder<EventClient.Event>()
            try await EventClient.read(port: host.port, "/tasks/\(id)/events") { event in
                late.record(event)
                return true
            }
            #expect(late.elements.map(\.type) == ["task.completed"])
            // From the place that its id names, there is nothing but the end.
            let place = try #require(late.elements[0].id)
            let again = Recorder<EventClient.Event>()
            try await EventClient.read(port: host.port, "/tasks/\(id)/events", headers: ["Last-Event-ID": place]) { event in
                again.record(event)
                return true
            }
            #expect(again.elements.map(\.type) == ["task.completed"])
        }
    }

    @Test("of a task that has ended bring what was missed, in its order, and then end", .timeLimit(.minutes(30)))
    func missedOfAnEndedTask() async throws {
        try await withAPI { host in
            let id = try await host.submit()
            let all = try await host.tell([.running, .retrying, .running, .completed], of: id)
            #expect(all.map(\.type) == ["task.started", "task.retrying", "task.started", "task.completed"])
            for (index, event) in all.enumerated() {
                let place = try #require(event.id)
                let again = Recorder<EventClient.Event>()
                try await EventClient.read(port: host.port, "/tasks/\(id)/events", headers: ["Last-Event-ID": place]) { event in
                    again.record(event)
                    return true
                }
                // Who has it all is told of the end once more.
                #expect(again.elements.map(\.type) == (index < 3 ? all.dropFirst(index + 1).map(\.type) : ["task.completed"]))
                if index < 3 { #expect(again.elements == Array(all.dropFirst(index + 1))) }
            }
        }
    }

    @Test("of a task whose end is too large to be kept end all the same", .timeLimit(.minutes(30)))
    func endThatIsNotKept() async throws {
        try await withAPI { host in
            let id = try await host.submit()
            _ = try await host.tell([.completed], of: id, result: String(repeating: "x", count: 5 << 20))
            let late = Recorder<EventClient.Event>()
            try await EventClient.read(port: host.port, "/tasks/\(id)/events") { event in
                late.record(event)
                return true
            }
            #expect(late.elements.map(\.type) == ["end"])
            #expect(try JSONValue.parse(late.elements[0].data)["code"] == "task-ended")
        }
    }

    @Test("reach a thousand listeners on one node")
    func manyListeners() async throws {
        try await withAPI { host in
            let listeners = 1000
            let opened = Recorder<Void>()
            let heard = Recorder<String>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<listeners {
                    group.addTask {
                        try await EventClient.read(port: host.port, "/events?type=task.completed", opened: { opened.record(()) }) { event in
                            heard.record(event.data)
                            return false
                        }
                    }
                }
                try await opened.atLeast(listeners, "an open stream", within: .seconds(60))
                let id = try await host.submit()
                try await host.withWorker { _ = try await host.ended(id) }
                try await heard.atLeast(listeners, "the event", within: .seconds(60))
                try await group.waitForAll()
            }
            #expect(Set(heard.elements).count == 1)
        }
    }
}

extension Host {
    /// Publishes the events of a task as a worker does.
    /// - Returns: what a listener hears, once the node's lists show the last of them.
    fileprivate func tell(_ statuses: [TaskStatus], of id: String, result: String? = nil) async throws -> [EventClient.Event] {
        let task = try #require(TaskID(id))
        let heard = Recorder<EventClient.Event>()
        let opened = Gate()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await EventClient.read(port: port, "/events?task=\(id)", opened: { opened.open() }) { event in
                    heard.record(event)
                    return heard.count < statuses.count
                }
            }
            try await opened.wait()
            for (index, status) in statuses.enumerated() {
                var outcome = TaskOutcome(taskID: task, workspace: .default, status: status)
                outcome.result = status == .completed ? result : nil
                let event = TaskEvent(outcome, at: .now() + .milliseconds(index))
                try await session.publishing.publish(
                    AMQPMessage(
                        exchange: "moltbot.events", routingKey: "default.\(event.type.rawValue)",
                        properties: AMQPProperties(
                            contentType: "application/cloudevents+json", deliveryMode: .persistent, correlationID: id, messageID: event.id,
                            type: event.type.rawValue),
                        body: ByteBuffer(bytes: event.encode())))
            }
            try await group.waitForAll()
        }
        return heard.elements
    }
}

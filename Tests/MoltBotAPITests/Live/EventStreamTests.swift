import MoltBotAPI
import MoltBotCore
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
                try await host.withWorker { _ = try await host.http.send("POST", "/tasks/\(id)/wait") }
                try await group.waitForAll()
            }
            #expect(heard.elements.last?.type == "task.completed")
            let late = Recorder<EventClient.Event>()
            try await EventClient.read(port: host.port, "/tasks/\(id)/events") { event in
                late.record(event)
                return true
            }
            #expect(late.elements.map(\.type) == ["task.completed"])
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
                try await host.withWorker { _ = try await host.http.send("POST", "/tasks/\(id)/wait") }
                try await heard.atLeast(listeners, "the event", within: .seconds(60))
                try await group.waitForAll()
            }
            #expect(Set(heard.elements).count == 1)
        }
    }
}

import Foundation
import MoltBotCore
import Testing
import Yams

@testable import MoltBotMessaging

@Suite("AsyncAPI document")
struct AsyncAPITests {
    let document: Node

    init() throws {
        let yaml = try AsyncAPIDocument.yaml(Repository.topology("moltbot.yaml"))
        document = try #require(try Yams.compose(yaml: yaml))
    }

    @Test("topology/asyncapi.yaml is up to date: moltbot topology asyncapi > topology/asyncapi.yaml")
    func upToDate() throws {
        let path = Repository.path("topology/asyncapi.yaml")
        let generated = try AsyncAPIDocument.yaml(Repository.topology("moltbot.yaml"))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == generated)
    }

    @Test("Channels carry the topology's exchanges and queues")
    func bindings() {
        #expect(node("channels", "tasks", "bindings", "amqp", "exchange", "type")?.string == "topic")
        #expect(node("channels", "tasks", "x-amqp-arguments", "alternate-exchange")?.string == "moltbot.unroutable")
        #expect(node("channels", "results", "bindings", "amqp", "is")?.string == "queue")
        #expect(node("channels", "ledger", "x-amqp-arguments", "x-queue-type")?.string == "stream")
    }

    @Test("The words of the schemas are the code's")
    func words() {
        #expect(words("channels", "tasks", "parameters", "lane", "enum") == Lane.allCases.map(\.rawValue))
        #expect(words("components", "schemas", "taskEventType", "enum") == TaskEventType.allCases.map(\.rawValue))
        #expect(words("components", "schemas", "outcome", "properties", "status", "enum") == TaskStatus.allCases.map(\.rawValue))
        #expect(taskWords("operation") == TaskRequest.Operation.allCases.map(\.rawValue))
        #expect(taskWords("strategy") == TaskRequest.Strategy.allCases.map(\.rawValue))
        #expect(taskWords("cache") == TaskRequest.CacheMode.allCases.map(\.rawValue))
    }

    @Test("The examples are tasks that MoltBot accepts, and name fields of the schema only")
    func examples() throws {
        let fields = Set(node("components", "schemas", "task", "properties")?.mapping?.keys.compactMap(\.string) ?? [])
        let examples = try #require(node("components", "messages", "task", "examples")?.sequence)
        #expect(examples.count == 2)
        for example in examples {
            let payload = try #require(example["payload"])
            let task = try TaskRequest.decode(json(payload))
            #expect(task.model == "gpt-4")
            #expect(fields.isSuperset(of: payload.mapping?.keys.compactMap(\.string) ?? []))
        }
    }

    @Test("Every reference leads somewhere")
    func references() {
        var references: [String] = []
        collectReferences(document, into: &references)
        #expect(references.count > 20)
        for reference in references {
            let path = reference.split(separator: "/").dropFirst().map(String.init)
            #expect(path.reduce(document as Node?) { $0?[$1] } != nil, "\(reference)")
        }
    }

    private func node(_ path: String...) -> Node? {
        path.reduce(document as Node?) { $0?[$1] }
    }

    private func words(_ path: String...) -> [String] {
        path.reduce(document as Node?) { $0?[$1] }?.array().compactMap { $0.null == nil ? $0.string : nil } ?? []
    }

    private func taskWords(_ field: String) -> [String] {
        words("components", "schemas", "task", "properties", field, "enum")
    }

    private func collectReferences(_ node: Node, into references: inout [String]) {
        for (key, value) in node.mapping.map(Array.init) ?? [] {
            if key.string == "$ref", let target = value.string { references.append(target) }
            collectReferences(value, into: &references)
        }
        for element in node.sequence.map(Array.init) ?? [] { collectReferences(element, into: &references) }
    }

    private func json(_ node: Node) throws -> JSONValue {
        if let mapping = node.mapping {
            return .object(Dictionary(try mapping.map { ($0.key.string ?? "", try json($0.value)) }) { first, _ in first })
        }
        if let sequence = node.sequence { return .array(try sequence.map(json)) }
        let scalar = try #require(node.scalar)
        guard scalar.style == .plain else { return .string(scalar.string) }
        return (try? JSONValue.parse(scalar.string)) ?? .string(scalar.string)
    }
}

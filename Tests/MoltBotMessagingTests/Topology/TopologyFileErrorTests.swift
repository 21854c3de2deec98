import Testing

@testable import MoltBotMessaging

@Suite("Mistakes in topology files")
struct TopologyFileErrorTests {
    struct Mistake: Sendable, CustomTestStringConvertible {
        let yaml: String
        let problems: [String]
        var testDescription: String { problems.joined(separator: " | ") }

        init(_ yaml: String, _ problems: String...) {
            self.yaml = yaml
            self.problems = problems
        }
    }

    static let mistakes = [
        Mistake("version: 2", "t.yaml:1:10: version 2 is not known to this moltbot, which reads version 1"),
        Mistake("exchanges: {}", "t.yaml:1:1: the key 'version' is missing: write 'version: 1'"),
        Mistake("", "t.yaml:1:1: the file is empty: start with 'version: 1'"),
        Mistake(
            "version: 1\nqueus: {}",
            "t.yaml:2:1: unknown key 'queus' in the topology (did you mean 'queues'?); it takes version, repeat, exchanges, queues, delay, policies"
        ),
        Mistake("version: 1\nqueues: [a]", "t.yaml:2:9: 'queues' is a list, but must be a mapping (key: value)"),
        Mistake("version: 1\nqueues:\n\t- a", "t.yaml:3:1: the YAML can't be read: found character that cannot start any token"),
        Mistake(
            "version: 1\nqueues:\n  moltbot.a: {type: classic}\n  moltbot.b: {type: classic}\n  moltbot.a: {type: quorum}",
            "t.yaml:5:3: 'moltbot.a' is written twice: rename or remove one"),
        Mistake(
            "version: 1\nqueues:\n  moltbot.a: {type: quorom}",
            "t.yaml:3:21: the type of queue 'moltbot.a' is 'quorom' (did you mean 'quorum'?); it is one of classic, quorum, stream"),
        Mistake(
            "version: 1\nqueues:\n  moltbot.a:\n    type: quorum\n    arguments: {x-max-priority: 10}",
            "t.yaml:5:17: queue 'moltbot.a' is a quorum queue, which does not take 'x-max-priority' (only classic queues do): use one queue for each lane, or type classic"
        ),
        Mistake(
            "version: 1\nqueues:\n  moltbot.a:\n    type: classic\n    arguments: {x-max-priority: 256}",
            "t.yaml:5:33: 'x-max-priority' of queue 'moltbot.a' is 256, out of range: 1 to 255"),
        Mistake(
            "version: 1\nqueues:\n  moltbot.a:\n    type: classic\n    arguments: {x-max-priority: ten}",
            "t.yaml:5:33: 'x-max-priority' of queue 'moltbot.a' is 'ten', but must be a whole number"),
        Mistake(
            "version: 1\nexchanges:\n  moltbot.events: {type: fanout}\nqueues:\n  moltbot.a:\n    type: classic\n    bind:\n      - {from: moltbot.event}",
            "t.yaml:8:16: a binding of queue 'moltbot.a' names the exchange 'moltbot.event', which is not declared (did you mean 'moltbot.events'?); add it under 'exchanges'"
        ),
        Mistake(
            "version: 1\nexchanges:\n  moltbot.t: {type: topic}\nqueues:\n  moltbot.a:\n    type: classic\n    bind:\n      - {from: moltbot.t}",
            "t.yaml:8:9: a binding of queue 'moltbot.a' to the topic exchange 'moltbot.t' has no 'key'; '#' takes every message of a topic exchange"
        ),
        Mistake(
            "version: 1\nqueues:\n  results: {type: classic}",
            "t.yaml:3:3: invalid name 'results': it starts with 'moltbot.', has letters, digits, '.', '_', '-' and {placeholders}, and at most 255 bytes"
        ),
        Mistake(
            "version: 1\nrepeat: {workspace: [default]}\nqueues:\n  moltbot.{worksapce}: {type: classic}",
            "t.yaml:4:3: queue 'moltbot.{worksapce}' has the unknown placeholder {worksapce} (did you mean 'workspace'?); add it under 'repeat'"
        ),
        Mistake(
            "version: 1\nrepeat: {n: [x]}\nqueues:\n  moltbot.{n}: {type: classic}\n  moltbot.x: {type: classic}",
            "t.yaml:5:3: queue 'moltbot.x' is declared twice: by 'moltbot.{n}' and by 'moltbot.x'; rename one"),
        Mistake(
            "version: 1\nrepeat: {n: [\"a{3..1}\", tasks]}",
            "t.yaml:2:14: the range in 'a{3..1}' must run upwards over at most 1000 values, such as {0..15}",
            "t.yaml:2:25: 'tasks' in 'repeat.n' is a word of MoltBot's own routing keys: choose another name"),
        Mistake(
            "version: 1\nqueues:\n  moltbot.a:\n    type: quorum\n    arguments: {x-dead-letter-strategy: at-least-once}",
            "t.yaml:5:16: queue 'moltbot.a' dead-letters at-least-once but names no 'x-dead-letter-exchange': add it",
            "t.yaml:5:16: queue 'moltbot.a' dead-letters at-least-once, which needs 'x-overflow: reject-publish': add it"),
        Mistake(
            "version: 1\nexchanges:\n  moltbot.delay: {type: topic}\ndelay: {levels: 20}",
            "t.yaml:4:17: 'delay.levels' is 20, but routing keys have a bit for each of 22 levels: write that"),
        Mistake(
            "version: 1\nqueues:\n  moltbot.a: {type: stream}\npolicies:\n  moltbot.a:\n    pattern: ^moltbot\\.b$\n    definition: {max-age: 7 days}",
            "t.yaml:6:14: 'pattern' of policy 'moltbot.a' matches no exchange or queue of this file: ^moltbot\\.b$",
            "t.yaml:7:27: 'max-age' of policy 'moltbot.a' is '7 days', but must be a number and one of Y, M, D, h, m, s, such as 7D"),
    ]

    @Test("A mistake is named with its place and its remedy", arguments: mistakes)
    func mistake(_ mistake: Mistake) {
        let error = #expect(throws: TopologyError.self) { try TopologyFile(name: "t.yaml", yaml: mistake.yaml) }
        #expect(error?.problems == mistake.problems)
    }

    @Test("All mistakes of a file are named at once, in the order of its lines")
    func allAtOnce() {
        let yaml = "version: 1\nqueues:\n  moltbot.b: {typ: classic}\n  moltbot.a: {type: 5}\nexchanges:\n  moltbot.x: {}\n"
        let error = #expect(throws: TopologyError.self) { try TopologyFile(name: "t.yaml", yaml: yaml) }
        #expect(
            error?.problems == [
                "t.yaml:3:3: queue 'moltbot.b' has no 'type': write one of classic, quorum, stream",
                "t.yaml:3:15: unknown key 'typ' in queue 'moltbot.b' (did you mean 'type'?); it takes type, arguments, bind",
                "t.yaml:4:21: the type of queue 'moltbot.a' is the number 5, but must be text",
                "t.yaml:6:3: exchange 'moltbot.x' has no 'type': write one of direct, fanout, topic, headers",
            ])
    }
}

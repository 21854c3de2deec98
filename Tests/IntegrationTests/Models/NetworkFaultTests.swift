import AMQP
import MoltBotCore
import MoltBotWorker
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@Suite("Networks that fail", .timeLimit(.minutes(30))) struct NetworkFaultTests {
    enum Fault: String, CaseIterable, Sendable {
        case refused, reset, unknownName, lostAnswer

        /// What a server answers that has the fault; those that are not there have none.
        fileprivate var response: ModelResponse {
            let isBegun = self == .lostAnswer
            return ModelResponse(chunks: isBegun ? [.init("{\"choices\":"), .init("[")] : [], ending: .reset)
        }

        fileprivate func address(of server: ModelServer) -> String {
            switch self {
            case .refused: "http://127.0.0.1:1/v1"
            case .unknownName: "http://nonexistent.invalid/v1"
            case .reset, .lostAnswer: server.baseURL
            }
        }
    }

    /// Not over while a test runs, however slow the machine.
    private static var longOpening: HealthPolicy {
        var policy = HealthPolicy()
        policy.deployment.firstOpenTime = .seconds(600)
        policy.deployment.longestOpenTime = .seconds(600)
        return policy
    }

    @Test("Each task is answered elsewhere, and after five failures nobody asks there any more", arguments: Fault.allCases)
    func opens(_ fault: Fault) async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { _ in
                fault.response
            } run: { broken in
                try await withModelServer { sound in
                    let first = Deployment(name: "first", model: "gpt", provider: .openAICompatible, baseURL: fault.address(of: broken))
                    var models = ModelConfiguration(deployments: [first, .reserve(sound, "second")])
                    models.health = Self.longOpening
                    try await withPipeline(url: host.url, models: models) { pipeline in
                        for number in 0..<8 {
                            try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "task-\(number)")
                            let outcome = try await pipeline.outcome(of: "task-\(number)")
                            #expect(outcome.status == .completed)
                            #expect(outcome.attempts.map(\.deployment) == (number < 5 ? ["first", "second"] : ["second"]))
                            if number < 5 { #expect(outcome.attempts.first?.error?.type == "network", "\(outcome.attempts)") }
                        }
                        let event = try await pipeline.events.first("the event of the opening") { $0.properties.type == "model.unhealthy" }
                        let document = try JSONValue.parse(Array(event.body.readableBytesView))
                        #expect(document["data"]?["error_type"] == "network")
                    }
                }
            }
        }
    }

    @Test("A task waits for a server that is not up yet")
    func notUpYet() async throws {
        let port = try unusedPort()
        let models = ModelConfiguration(deployments: [
            Deployment(name: "only", model: "gpt", provider: .openAICompatible, baseURL: "http://127.0.0.1:\(port)/v1")
        ])
        try await TestBroker.withVirtualHost { host in
            try await withPipeline(url: host.url, models: models) { pipeline in
                try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "task")
                _ = try await pipeline.events.first("the first failure") { $0.properties.type == "task.retrying" }
                let outcome = try await withModelServer(port: port, run: { _ in try await pipeline.outcome(of: "task") })
                #expect(outcome.status == .completed)
            }
        }
    }

    @Test("The only deployment of a model fails, and is taken back: no task is lost meanwhile")
    func onlyDeployment() async throws {
        let isRepaired = Gate()
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { request in
                isRepaired.isOpen ? ModelServer.echo(request) : .failure(500, "broken")
            } run: { server in
                var models = ModelConfiguration(deployments: [.at(server, "only")])
                models.health.deployment.firstOpenTime = .milliseconds(300)
                try await withPipeline(url: host.url, models: models) { pipeline in
                    for number in 0..<20 { try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "task-\(number)") }
                    _ = try await pipeline.events.first("the event of the opening") { $0.properties.type == "model.unhealthy" }
                    isRepaired.open()
                    for number in 0..<20 { #expect(try await pipeline.outcome(of: "task-\(number)").status == .completed) }
                }
            }
        }
    }

    @Test("A task that comes while a probe is on its way waits for its end, and no longer")
    func duringTheProbe() async throws {
        let (isRepaired, isProbed, isAnswered) = (Gate(), Gate(), Gate())
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { request in
                guard isRepaired.isOpen else { return .failure(500, "broken") }
                isProbed.open()
                var answer = ModelServer.echo(request)
                answer.gate = isAnswered
                return answer
            } run: { server in
                var models = ModelConfiguration(deployments: [.at(server, "only")])
                models.health.deployment.firstOpenTime = .milliseconds(300)
                models.defaultModel = "echo"
                try await withPipeline(url: host.url, models: models) { pipeline in
                    for number in 0..<6 { try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "task-\(number)") }
                    _ = try await pipeline.events.first("the event of the opening") { $0.properties.type == "model.unhealthy" }
                    isRepaired.open()
                    try await isProbed.wait("the probe")
                    try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "late")
                    // Taken from the queue after the one before it.
                    try await pipeline.publish(#"{"prompt": "Hello"}"#, id: "other")
                    _ = try await pipeline.outcome(of: "other")
                    isAnswered.open()
                    let late = try await pipeline.outcome(of: "late")
                    #expect(late.status == .completed)
                    #expect(late.attempts.count == 1)
                    for number in 0..<6 { #expect(try await pipeline.outcome(of: "task-\(number)").status == .completed) }
                }
            }
        }
    }
}

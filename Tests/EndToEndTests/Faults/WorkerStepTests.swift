import AMQP
import Foundation
import MoltBotCore
import TestSupport
import Testing

/// SIGKILL between the model's answer and the acknowledgement of the task, at each step on the way, with an API node that keeps the
/// ledger. The same without a node is among ``WorkerDeathTests``.
@Suite("A worker that dies after the model has answered", .timeLimit(.minutes(30)))
struct WorkerStepTests {
    @Test(
        "pays once for what the broker has heard of, and the ledger agrees with the results",
        arguments: [BrokerProxy.Hold.publishes, .confirms, .acknowledgements])
    func paysOnce(step: BrokerProxy.Hold) async throws {
        try await withStage { stage in
            let ids = (1...6).map { "task-\($0)" }
            let proxy = try await BrokerProxy.start(brokerPort: stage.brokerPort)
            try await withModelServer { server in
                try await stage.withNode(try await WorkingFolder()) { _, http in
                    try await stage.withWorker(model: server.baseURL, brokerPort: proxy.port) { worker in
                        // Events of the broker's first second do not count as proof that it has not restarted: clocks may differ.
                        try await stage.spectator.publish(
                            #"{"prompt": "x", "model": "echo", "parameters": {"echo_delay_ms": 1200}}"#, id: "first")
                        _ = try await stage.spectator.outcome(of: "first")
                        proxy.hold(step)
                        for id in ids { try await stage.spectator.publish(#"{"prompt": "once", "model": "m"}"#, id: id) }
                        if step == .publishes {
                            for id in ids { _ = try await proxy.held.first("the outcome of \(id)") { $0.contains("\(id)-terminal") } }
                        } else {
                            for id in ids { #expect(try await stage.spectator.outcome(of: id).status == .completed) }
                        }
                        try worker.send(.kill)
                        _ = try await worker.waitForExit()
                    }
                    #expect(server.requests.count == ids.count)
                    let second = try await stage.withWorker(model: server.baseURL) { worker in
                        // Behind the redelivered ones.
                        try await stage.spectator.publish(#"{"prompt": "last", "model": "m"}"#, id: "last", priority: 1)
                        _ = try await stage.spectator.outcome(of: "last")
                        for id in ids { #expect(try await stage.spectator.outcome(of: id).status == .completed) }
                        // Once it has ended in good order, no outcome of a redelivered task is still to come.
                        try worker.send(.terminate)
                        #expect(try await worker.waitForExit() == .code(0))
                        return worker
                    }
                    try await stage.hearAllEvents()
                    // An answer that never left the process has to be asked for again; nobody else can know of it.
                    let calls = ids.count * (step == .publishes ? 2 : 1) + 1
                    #expect(server.requests.count == calls || server.requests.count > calls && second.gaveUpOnTheLedger)
                    for id in ids {
                        #expect(stage.spectator.terminalCount(of: id) == 1)
                        let result = try await stage.spectator.outcome(of: id).result
                        let task = try await http.send("GET", "/tasks/\(id)").json()
                        #expect(task["status"] == "completed")
                        #expect(task["result"]?.stringValue == result)
                    }
                }
            }
            await proxy.stop()
        }
    }
}

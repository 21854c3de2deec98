import AMQP
import Dispatch
import MoltBotCore
import TestSupport
import Testing

@testable import MoltBotMessaging

@Suite("Registry: a change that nobody can vouch for", .timeLimit(.minutes(30)))
struct RegistryOutcomeTests {
    @Test("is told as such when the record is stored and can't be read back")
    func lostReader() async throws {
        try await TestBroker.withVirtualHost { host in
            try await RegistryHost.applyTopology(url: host.url)
            try await RegistryHost.session(url: host.url) { session in
                let asked = Gate()
                let lost = DispatchSemaphore(value: 0)
                try await withThrowingTaskGroup(of: AMQPError.Code?.self) { group in
                    group.addTask(executorPreference: OneThread()) {
                        do {
                            try await Registry(session).change([.deployment]) { _ in
                                asked.open()
                                // The record is made while its reader is lost.
                                _ = lost.wait(timeout: .now() + 300)
                                return [.model("a", 1)]
                            }
                            return nil
                        } catch let error as AMQPError {
                            return error.code
                        }
                    }
                    defer { lost.signal() }
                    try await asked.wait()
                    #expect(try await host.breakConnection(named: "moltbot-test-consume"))
                    try await withDeadline(.seconds(60), "the consuming connection to come back") {
                        while session.consuming.status.connectionCount < 2 {
                            try Task.checkCancellation()
                            _ = try? await session.consuming.withChannel { _ in }
                        }
                    }
                    lost.signal()
                    #expect(try await group.next() == .outcomeUnknown)
                }
                #expect(try await Registry(session).snapshot(of: [.deployment]).record(.deployment, "a")?.value == 1)
            }
        }
    }
}

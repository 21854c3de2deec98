import Logging
import PrivateBroker
import Testing

@Suite struct PrivateBrokerTests {
    @Test func startsAndStops() async throws {
        let broker = PrivateBroker(stateDirectory: "/tmp/bx/st ate", logger: Logger(label: "test"))
        let running = try await broker.start()
        print(running, running.amqpURL)
        #expect(await broker.status() == .running(running))
        print(try await broker.control(["list_users"]))
        try await broker.stop()
        #expect(await broker.status() == .stopped)
        let again = try await broker.start()
        #expect(again.amqpURL == running.amqpURL)
        try broker.pause()
        try await broker.stop()
    }
}

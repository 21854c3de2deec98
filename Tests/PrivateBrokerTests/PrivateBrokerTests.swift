import FoundationEssentials
import TestSupport
import Testing

@testable import PrivateBroker

/// The life of a private broker, on real ones. Starting one takes seconds, so each test tells a longer story.
@Suite struct PrivateBrokerTests {
    @Test func keepsURLAndMessagesOverStopAndKill() async throws {
        try await TestBroker.withOwnBroker { own in
            #expect(try await own.broker.start() == own.running, "A second start returns the broker that runs.")
            try await own.management.expectSuccess("PUT", "/api/queues/%2F/kept", json: #"{"durable": true}"#)
            try await own.publishToKept()

            try await own.broker.stop()
            #expect(await own.broker.status() == .stopped)
            try await own.broker.stop()
            #expect(try logged(own).contains("SIGTERM received"))

            let restarted = try await own.broker.start()
            #expect(restarted.amqpURL == own.running.amqpURL)
            #expect(restarted.pid != own.running.pid)
            try await own.broker.kill()
            #expect(await own.broker.status() == .stopped)

            let recovered = try await own.broker.start()
            #expect(recovered.amqpURL == own.running.amqpURL)
            #expect(try await own.takeFromKept().contains("survivor"))

            let stops = try logged(own).components(separatedBy: "msg_store_persistent' is stopped").count
            let cancelled = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                try await own.broker.stop()
            }
            try await cancelled.value
            #expect(await own.broker.status() == .stopped)
            let stopsAfterwards = try logged(own).components(separatedBy: "msg_store_persistent' is stopped").count
            #expect(stopsAfterwards == stops + 1, "A cancelled caller still gets an orderly shutdown.")
        }
    }

    @Test func runsBesideAnotherAndAnswersOnlyWhenNotSuspended() async throws {
        try await TestBroker.withOwnBroker { own in
            let shared = try await TestBroker.shared
            #expect(own.running.amqpPort != shared.running.amqpPort)
            #expect(own.running.nodeName != shared.running.nodeName)

            try await own.broker.pause()
            #expect(Set(ThreadStates(of: own.running.pid).letters) == ["T"])
            #expect(await own.broker.status() == .notResponding(pid: own.running.pid))
            try await shared.answers()
            let error = await #expect(throws: PrivateBrokerError.self) { try await own.broker.start() }
            #expect(error?.code == .notResponding)

            try own.broker.resume()
            try await own.answers()
            #expect(try await own.broker.control(["list_users"]).contains("moltbot"))
            #expect(try await !own.broker.control(["list_users"]).contains("guest"))

            try await own.broker.pause()
            try await own.broker.stop()
            #expect(await own.broker.status() == .stopped, "A suspended broker can be stopped.")
        }
    }

    @Test func listensOnLoopbackOnly() async throws {
        let shared = try await TestBroker.shared
        // One line a socket; the local address is the second word, 0100007F is 127.0.0.1 (proc_net_tcp(5)).
        let sockets = try await runToEnd("cat", ["/proc/\(shared.running.pid)/net/tcp"]).output.split(separator: "\n").dropFirst()
        let run = try #require(try StateFile.value(BrokerRun.self, at: shared.broker.layout.run))
        let ports = [shared.running.amqpPort, run.distributionPort, run.epmdPort] + [shared.running.managementPort].compactMap(\.self)
        let addresses = sockets.compactMap { line -> (address: String, port: Int)? in
            let words = line.split(separator: " ")
            let local = words[1].split(separator: ":")
            guard words[3] == "0A", let port = Int(local[1], radix: 16) else { return nil }
            return (String(local[0]), port)
        }
        for port in ports {
            #expect(addresses.filter { $0.port == port }.map(\.address) == ["0100007F"])
        }
    }

    @Test func neverShowsThePassword() async throws {
        let running = try await TestBroker.shared.running
        #expect(running.amqpURL.contains(running.password))
        #expect(!"\(running)".contains(running.password))
        #expect(!String(reflecting: running).contains(running.password))
        var dumped = ""
        dump(running, to: &dumped)
        #expect(!dumped.contains(running.password))
    }
}

private func logged(_ own: TestBroker) throws -> String {
    try String(contentsOfFile: own.running.logFile, encoding: .utf8)
}

extension TestBroker {
    fileprivate func publishToKept() async throws {
        let answer = try await management.expectSuccess(
            "POST", "/api/exchanges/%2F/amq.default/publish",
            json: #"{"routing_key":"kept","payload":"survivor","payload_encoding":"string","properties":{"delivery_mode":2}}"#)
        #expect(String(decoding: answer, as: UTF8.self).contains(#""routed":true"#))
    }

    /// Returns when the broker says that it runs: one that is busy, or was suspended a moment ago, may be late to answer.
    fileprivate func answers() async throws {
        let (broker, running) = (broker, running)
        try await eventually("the broker answers") { await broker.status() == .running(running) }
    }

    fileprivate func takeFromKept() async throws -> String {
        let answer = try await management.expectSuccess(
            "POST", "/api/queues/%2F/kept/get", json: #"{"count":1,"ackmode":"ack_requeue_false","encoding":"auto"}"#)
        return String(decoding: answer, as: UTF8.self)
    }
}

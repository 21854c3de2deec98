import Testing

@testable import AMQP

@Suite("Connection state machine")
struct ConnectionStateMachineTests {
    private static let tuning = Method.Tuning(channelMax: 2047, frameMax: 131_072, heartbeat: 30)
    private static let start = Method.connectionStart(.init(serverProperties: ["product": "RabbitMQ"], mechanisms: "AMQPLAIN PLAIN"))
    private static let goodbye = Method.connectionClose(.init(replyCode: 200, replyText: "goodbye"))

    private static func machine(_ credentials: AMQPCredentials = .plain(user: "u", password: "p")) -> ConnectionStateMachine {
        ConnectionStateMachine(
            settings: .init(credentials: credentials, virtualHost: "/", clientProperties: ["product": "test"], tuning: tuning))
    }

    private static func opened() -> ConnectionStateMachine {
        var machine = machine()
        _ = machine.connected()
        for method in [start, .connectionTune(tuning), .connectionOpenOk] { _ = machine.methodReceived(method) }
        return machine
    }

    private static func awaitingTune() -> ConnectionStateMachine {
        var machine = machine()
        _ = machine.connected()
        _ = machine.methodReceived(start)
        return machine
    }

    @Test("opens: header, start-ok, tune-ok with open, and is told of alarms")
    func opens() {
        var machine = Self.machine()
        #expect(machine.connected() == .sendProtocolHeader)
        #expect(machine.connected() == .none)
        #expect(
            machine.methodReceived(Self.start)
                == .send(
                    .connectionStartOk(
                        .init(
                            clientProperties: ["product": "test"], mechanism: "PLAIN",
                            response: [0] + Array("u".utf8) + [0] + Array("p".utf8)))))
        let offered = Method.Tuning(channelMax: 100, frameMax: 0, heartbeat: 60)
        let agreed = Method.Tuning(channelMax: 100, frameMax: 131_072, heartbeat: 30)
        #expect(
            machine.methodReceived(.connectionTune(offered))
                == .tune(agreed, thenSend: [.connectionTuneOk(agreed), .connectionOpen(virtualHost: "/")]))
        #expect(machine.methodReceived(.connectionOpenOk) == .opened(agreed, serverProperties: ["product": "RabbitMQ"]))
        #expect(machine.methodReceived(.connectionBlocked(reason: "low on memory")) == .blocked(reason: "low on memory"))
        #expect(machine.methodReceived(.connectionUnblocked) == .unblocked)
        #expect(machine.closeRequested() == .send(Self.goodbye))
        #expect(machine.closeRequested() == .none)
        #expect(machine.methodReceived(.connectionBlocked(reason: "late")) == .none)
        #expect(machine.methodReceived(.connectionCloseOk) == .fail(.expected(.connectionClosed), sendingFirst: nil))
        #expect(machine.connectionLost(.expected(.connectionLost)) == .none)
    }

    @Test("sends nothing for EXTERNAL but its name")
    func external() {
        var machine = Self.machine(.external)
        _ = machine.connected()
        #expect(
            machine.methodReceived(.connectionStart(.init(mechanisms: "EXTERNAL PLAIN")))
                == .send(.connectionStartOk(.init(clientProperties: ["product": "test"], mechanism: "EXTERNAL", response: []))))
    }

    @Test("says that no mechanism is common")
    func noCommonMechanism() {
        var machine = Self.machine(.external)
        _ = machine.connected()
        #expect(machine.methodReceived(Self.start) == .fail(.expected(.authenticationRefused), sendingFirst: nil))
    }

    @Test("refuses another protocol version")
    func version() {
        var machine = Self.machine()
        _ = machine.connected()
        let start = Method.connectionStart(.init(versionMajor: 1, versionMinor: 0, mechanisms: "PLAIN"))
        #expect(machine.methodReceived(start) == .fail(.expected(.protocolViolation), sendingFirst: nil))
    }

    @Test("a refused password, by 403 and by hanging up")
    func refusedPassword() {
        var told = Self.awaitingTune()
        #expect(
            told.methodReceived(.connectionClose(.init(replyCode: 403, replyText: "ACCESS_REFUSED")))
                == .fail(.expected(.authenticationRefused, 403), sendingFirst: .connectionCloseOk))
        var hungUp = Self.awaitingTune()
        #expect(hungUp.connectionLost(.expected(.connectionLost)) == .fail(.expected(.authenticationRefused), sendingFirst: nil))
    }

    @Test("a deadline in the handshake is no refused password")
    func deadlineInHandshake() {
        var machine = Self.awaitingTune()
        #expect(machine.aborted(.expected(.connectFailed)) == .fail(.expected(.connectFailed), sendingFirst: nil))
        #expect(machine.aborted(.expected(.connectFailed)) == .none)
    }

    @Test("a refused virtual host", arguments: [UInt16(530), 403, 402])
    func refusedVirtualHost(code: UInt16) {
        var machine = Self.awaitingTune()
        _ = machine.methodReceived(.connectionTune(Self.tuning))
        #expect(
            machine.methodReceived(.connectionClose(.init(replyCode: code, replyText: "NOT_ALLOWED")))
                == .fail(.expected(.virtualHostRefused, code), sendingFirst: .connectionCloseOk))
    }

    @Test("frames smaller than the specification's least are refused")
    func smallFrames() {
        var machine = Self.awaitingTune()
        #expect(
            machine.methodReceived(.connectionTune(.init(channelMax: 0, frameMax: 7, heartbeat: 0)))
                == .fail(.expected(.protocolViolation), sendingFirst: nil))
    }

    @Test("a heartbeat of 0 on this side turns it off; on the broker's side this side decides")
    func heartbeats() {
        let off = Method.Tuning(channelMax: 0, frameMax: 4096, heartbeat: 0)
        let on = Method.Tuning(channelMax: 0, frameMax: 4096, heartbeat: 10)
        #expect(ConnectionStateMachine.negotiate(wanted: off, offered: on).heartbeat == 0)
        #expect(ConnectionStateMachine.negotiate(wanted: on, offered: off).heartbeat == 10)
    }

    @Test("the broker closes an open connection")
    func closedByBroker() {
        var machine = Self.opened()
        #expect(
            machine.methodReceived(.connectionClose(.init(replyCode: 320, replyText: "CONNECTION_FORCED")))
                == .fail(.expected(.connectionClosed, 320), sendingFirst: .connectionCloseOk))
    }

    @Test("both sides close at once")
    func closedByBoth() {
        var machine = Self.opened()
        _ = machine.closeRequested()
        #expect(
            machine.methodReceived(.connectionClose(.init(replyCode: 320, replyText: "CONNECTION_FORCED")))
                == .fail(.expected(.connectionClosed), sendingFirst: .connectionCloseOk))
    }

    @Test("what does not belong here is answered with 501")
    func violation() {
        var machine = Self.opened()
        #expect(
            machine.methodReceived(.connectionOpenOk)
                == .fail(
                    .expected(.protocolViolation), sendingFirst: .connectionClose(.init(replyCode: 501, replyText: "malformed frame"))))
    }
}

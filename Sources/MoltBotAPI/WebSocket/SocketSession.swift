internal import HTTPTypes
internal import Logging
internal import MoltBotCore
internal import MoltBotMessaging
internal import NIOCore
internal import NIOWebSocket
internal import ServiceLifecycle

/// One WebSocket: JSON objects in both directions, one a text frame. Every request may carry an `id`, which its answers repeat.
///
///     {"op": "subscribe", "id": 1, "types": ["task.*"], "task": null, "last_event_id": null}
///     {"op": "submit", "id": 2, "task": {"prompt": "Hello"}}
///     {"op": "cancel", "id": 3, "task_id": "..."}
final class SocketSession: Sendable {
    typealias Outbound = NIOAsyncChannelOutboundWriter<WebSocketFrame>

    private struct Closed: Error {}

    private static let pingInterval = Duration.seconds(20)
    /// Without a frame from the other side, pongs included.
    private static let patience = Duration.seconds(60)
    private static let maximumSubscriptions = 16

    private let channel: any Channel
    private let service: SocketService
    private let gate: AccessGate
    private let lastHeard = Latest(ContinuousClock.now)
    private let subscriptions = Latest(0)
    private let hasSaidGoodbye = Latest(false)

    init(channel: any Channel, service: SocketService, gate: AccessGate) {
        self.channel = channel
        self.service = service
        self.gate = gate
    }

    /// Says why the socket is closed at once: with the policy's code (RFC 6455, 7.4.1).
    func refuse(_ socket: WebSocketChannel, _ problem: Problem) async {
        try? await socket.executeThenClose { _, outbound in
            try await refuse(nil, problem, outbound)
            try await sayGoodbye(.policyViolation, problem.code, outbound)
        }
    }

    private func sayGoodbye(_ code: WebSocketErrorCode, _ reason: String, _ outbound: Outbound) async throws {
        hasSaidGoodbye.change { $0 = true }
        var data = ByteBuffer()
        data.write(webSocketErrorCode: code)
        data.writeString(reason)
        try await outbound.write(WebSocketFrame(fin: true, opcode: .connectionClose, data: data))
    }

    /// Serves until one side has had enough.
    func run(_ socket: WebSocketChannel, as caller: Caller) async {
        try? await cancelWhenGracefulShutdown {
            try await socket.executeThenClose { inbound, outbound in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await self.ping(caller, outbound) }
                    group.addTask { try await self.leaveWhenSilent() }
                    // Everything else ends with the reading.
                    defer { group.cancelAll() }
                    for try await frame in inbound {
                        self.lastHeard.change { $0 = .now }
                        guard let subscription = try await self.handle(frame, caller, outbound) else { continue }
                        group.addTask { try await self.tell(subscription, outbound) }
                    }
                }
            }
        }
    }

    // MARK: Frames

    /// - Returns: a new subscription.
    private func handle(_ frame: WebSocketFrame, _ caller: Caller, _ outbound: Outbound) async throws -> SocketSubscription? {
        switch frame.opcode {
        case .text: return try await answer(frame.unmaskedData, caller, outbound)
        case .ping: try await outbound.write(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData))
        case .pong: break
        case .connectionClose:
            // The answer to ours, otherwise, which is not answered (RFC 6455, 5.5.1).
            if !hasSaidGoodbye.value {
                try await outbound.write(WebSocketFrame(fin: true, opcode: .connectionClose, data: frame.unmaskedData))
            }
            throw Closed()
        default:
            try await refuse(nil, Problem(.badRequest, "invalid-message", "Not understood", "Send JSON objects in text frames."), outbound)
        }
        return nil
    }

    /// Looks as well whether what let the socket in has ended: one without a subscription would hear of it with its next request only.
    private func ping(_ caller: Caller, _ outbound: Outbound) async throws {
        while true {
            try await Task.sleep(for: Self.pingInterval)
            if !gate.isValid(caller.grant) {
                return try await sayGoodbye(.policyViolation, LiveHub.EndReason.accessEnded.rawValue, outbound)
            }
            try await outbound.write(WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer()))
        }
    }

    /// Not in `ping`, whose write waits for as long as the other side reads nothing.
    private func leaveWhenSilent() async throws {
        while case let silence = lastHeard.value.duration(to: .now), silence < Self.patience {
            try await Task.sleep(for: Self.patience - silence)
        }
        channel.close(promise: nil)
        throw Closed()
    }

    // MARK: Requests

    private func answer(_ body: ByteBuffer, _ caller: Caller, _ outbound: Outbound) async throws -> SocketSubscription? {
        // What let the socket in may have ended since.
        guard gate.isValid(caller.grant) else {
            let reason = LiveHub.EndReason.accessEnded
            try await refuse(nil, Problem(.unauthorized, reason.rawValue, "No access any more", reason.forPeople), outbound)
            try await sayGoodbye(.policyViolation, reason.rawValue, outbound)
            throw Closed()
        }
        var id = JSONValue.null
        do {
            let message = try body.withUnsafeReadableBytes { try JSONValue.parse($0) }
            id = message["id"] ?? .null
            switch message["op"]?.stringValue {
            case "subscribe": return try subscribe(message, id, caller)
            case "submit":
                let task = try await service.submit(message["task"] ?? .null, caller)
                try await send(
                    ["op": "accepted", "id": id, "task_id": .string(task.id.rawValue), "created_at": .string(task.createdAt.rfc3339)],
                    outbound)
            case "cancel":
                guard let task = message["task_id"]?.stringValue.flatMap({ TaskID($0) }) else { throw Self.invalid("task_id", "a task id") }
                try await send(
                    [
                        "op": "cancel", "id": id, "task_id": .string(task.rawValue),
                        "status": .string(try await service.cancel(task, caller)),
                    ],
                    outbound)
            default: throw Self.invalid("op", "subscribe, submit or cancel")
            }
        } catch let problem as Problem {
            try await refuse(id, problem, outbound)
        } catch let error as JSONError {
            try await refuse(id, Problem(.badRequest, "invalid-json", "The message is not JSON", "\(error)"), outbound)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // The other requests, and the subscriptions, are well. Where the fault is the socket's own, this fails as well.
            service.logger.error("A request of a WebSocket failed", metadata: ["error": "\(error)"])
            try await refuse(id, .fault, outbound)
        }
        return nil
    }

    private func refuse(_ id: JSONValue?, _ problem: Problem, _ outbound: Outbound) async throws {
        let errors = problem.fields.map { JSONValue.object(["field": .string($0.path), "detail": .string($0.message)]) }
        try await send(
            [
                "op": "error", "id": id ?? .null, "status": .integer(Int64(problem.status.code)), "code": .string(problem.code),
                "detail": .string(problem.detail), "errors": .array(errors),
            ], outbound)
    }

    private func send(_ message: JSONValue, _ outbound: Outbound) async throws {
        try await outbound.write(WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(bytes: message.encode())))
    }

    private static func invalid(_ field: String, _ expected: String) -> Problem { .invalidMessage(field, "expected \(expected)") }

    // MARK: Events

    private func subscribe(_ message: JSONValue, _ id: JSONValue, _ caller: Caller) throws -> SocketSubscription {
        let subscription = try SocketSubscription(message, id, caller)
        let isTaken = subscriptions.change { count in
            guard count < Self.maximumSubscriptions else { return false }
            count += 1
            return true
        }
        guard isTaken else {
            throw Problem(
                .tooManyRequests, "too-many-subscriptions", "Too many subscriptions", "One socket has at most \(Self.maximumSubscriptions)."
            )
        }
        return subscription
    }

    private func tell(_ subscription: SocketSubscription, _ outbound: Outbound) async throws {
        var listener = await service.feed.join(
            subscription.filter, with: subscription.grant, after: subscription.cursor, on: channel)
        defer {
            service.feed.leave(listener)
            subscriptions.change { $0 -= 1 }
        }
        try await send(["op": "subscribed", "id": subscription.id], outbound)
        while let item = try await listener.next() {
            switch item {
            case .event(let event):
                var data = ByteBuffer(
                    string:
                        "{\"op\":\"event\",\"id\":\(subscription.id),\"event_id\":\(JSONValue.string(LiveCursor(event.position).text)),\"event\":"
                )
                data.writeImmutableBuffer(event.document)
                data.writeString("}")
                try await outbound.write(WebSocketFrame(fin: true, opcode: .text, data: data))
            case .gap: try await send(["op": "gap", "id": subscription.id], outbound)
            case .heartbeat: break
            case .end(let reason):
                try await send(
                    ["op": "end", "id": subscription.id, "code": .string(reason.rawValue), "detail": .string(reason.forPeople)], outbound)
                // The other side's answer ends the reading, and with it everything else.
                try await sayGoodbye(reason == .stopping ? .goingAway : .policyViolation, reason.rawValue, outbound)
                throw Closed()
            }
        }
    }
}

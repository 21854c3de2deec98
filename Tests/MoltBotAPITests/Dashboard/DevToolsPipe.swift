import Foundation
import Glibc
import MoltBotCore
import NIOCore
import NIOPosix
import Synchronization
import TestSupport

/// The DevTools protocol over two named pipes: JSON messages with a zero byte after each (`--remote-debugging-pipe`).
final class DevToolsPipe: Sendable {
    typealias Channel = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// Everything the browser sent.
    let messages = Recorder<JSONValue>()
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private let lastID = Atomic<Int64>(0)

    private init(_ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>) {
        self.outbound = outbound
    }

    /// Runs `body` with both pipes open; the browser ends when they close.
    static func with<Result: Sendable>(
        commands: String, answers: String, _ body: @escaping @Sendable (DevToolsPipe) async throws -> Result
    ) async throws -> Result {
        let channel = try await NIOPipeBootstrap(group: MultiThreadedEventLoopGroup.singleton).takingOwnershipOfDescriptors(
            input: try pipe(answers), output: try pipe(commands)
        ) { channel in
            channel.eventLoop.makeCompletedFuture { try Channel(wrappingChannelSynchronously: channel) }
        }
        return try await channel.executeThenClose { inbound, outbound in
            let pipe = DevToolsPipe(outbound)
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await pipe.read(inbound) }
                defer { group.cancelAll() }
                return try await body(pipe)
            }
        }
    }

    /// Runs a command, and returns its result.
    /// - Parameter session: of the page that it is for.
    @discardableResult
    func send(
        _ method: String, _ parameters: JSONValue = [:], session: String? = nil, within duration: Duration = .seconds(60)
    ) async throws -> JSONValue {
        let id = lastID.add(1, ordering: .relaxed).newValue
        var message: [String: JSONValue] = ["id": .integer(id), "method": .string(method), "params": parameters]
        if let session { message["sessionId"] = .string(session) }
        var bytes = ByteBuffer(string: JSONValue.object(message).description)
        bytes.writeInteger(UInt8(0))
        try await outbound.write(bytes)
        let answer = try await messages.first("the answer to \(method)", within: duration) { $0["id"]?.integerValue == id }
        guard let result = answer["result"] else { throw UnexpectedAnswer(description: "\(method): \(answer)") }
        return result
    }

    private func read(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) async throws {
        var bytes = ByteBuffer()
        for try await part in inbound {
            bytes.writeImmutableBuffer(part)
            while let end = bytes.readableBytesView.firstIndex(of: 0) {
                messages.record(try JSONValue.parse(bytes.readString(length: end - bytes.readerIndex) ?? ""))
                bytes.moveReaderIndex(forwardBy: 1)
            }
        }
        messages.finish()
    }

    /// Opened for both directions, so that neither side waits for the other one to come.
    private static func pipe(_ path: String) throws -> CInt {
        guard mkfifo(path, 0o600) == 0 else { throw UnexpectedAnswer(description: "mkfifo \(path): \(String(cString: strerror(errno)))") }
        let descriptor = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw UnexpectedAnswer(description: "open \(path): \(String(cString: strerror(errno)))") }
        return descriptor
    }
}

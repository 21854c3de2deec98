import CCurl
import NIOCore

extension Transfer {
    /// Takes one header line. False ends the transfer.
    func receiveHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        isResponseStarted = true
        switch headParser.read(line) {
        case .incomplete:
            return true
        case .complete(let head):
            return receiveHead(head)
        case .malformed:
            failure = HTTPError(.protocolViolation, "The response does not start with an HTTP status line (\(target))")
            return false
        case .tooLarge:
            failure = HTTPError(.tooLarge, "The response's headers are longer than 256 KiB (\(target))")
            return false
        }
    }

    private func receiveHead(_ head: HTTPResponseHead) -> Bool {
        let announced = head.headers["content-length"].flatMap(Int.init)
        let hasBody = request.method != "HEAD" && head.status != 204 && head.status != 304
        if hasBody, let announced, announced > request.maximumResponseBytes, !acceptsPartialBody {
            failure = tooLarge
            return false
        }
        switch receiver {
        case .pipe(let pipe):
            pipe.deliver(head)
        case .whole:
            // Not all of what a server promises: it may promise much to many.
            if hasBody, let announced, announced > 0 {
                body.reserveCapacity(min(announced, request.maximumResponseBytes, 1024 * 1024))
            }
        case nil: break
        }
        self.head = head
        return true
    }

    /// Takes body bytes and returns what libcurl's write callback is to return.
    func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        // More than fits also when the server announced nothing.
        let room = request.maximumResponseBytes - receivedBytes
        guard bytes.count <= room else {
            if acceptsPartialBody { body.writeBytes(bytes.prefix(room)) }
            failure = tooLarge
            return 0
        }
        switch receiver {
        case .whole: body.writeBytes(bytes)
        case .pipe(let pipe):
            // Bytes of a paused write are delivered again.
            guard pipe.deliver(bytes) else { return Int(CURL_WRITEFUNC_PAUSE) }
        case nil: break
        }
        receivedBytes += bytes.count
        return bytes.count
    }

    private var acceptsPartialBody: Bool {
        if case .whole(_, acceptsPartialBody: true) = receiver { true } else { false }
    }

    private var tooLarge: HTTPError {
        HTTPError(.tooLarge, "The response is longer than \(request.maximumResponseBytes) bytes (\(target))")
    }
}

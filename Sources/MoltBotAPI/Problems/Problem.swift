internal import HTTPTypes
internal import Hummingbird
internal import MoltBotCore

/// An answer that says what went wrong (RFC 9457).
struct Problem: Error, Equatable {
    let status: HTTPResponse.Status
    /// A stable name for programs; the end of the problem's `type`.
    let code: String
    let title: String
    /// What happened this time.
    let detail: String
    /// What to do about it, where the detail does not say so itself.
    var remedy: String?
    /// What is wrong with single fields.
    var fields: [FieldProblem] = []
    var headers: HTTPFields = [:]

    init(_ status: HTTPResponse.Status, _ code: String, _ title: String, _ detail: String, remedy: String? = nil) {
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.remedy = remedy
    }

    /// The same problem with the moment from which another try makes sense.
    func retry(afterSeconds seconds: Int) -> Problem {
        var problem = self
        problem.headers[.retryAfter] = "\(seconds)"
        return problem
    }
}

extension Problem {
    func response(to request: Request, requestID: String) -> Response {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("type", "urn:moltbot:problem:" + code)
        writer.member("title", title)
        writer.member("status", status.code)
        writer.member("detail", detail)
        writer.member("instance", request.uri.path)
        writer.member("code", code)
        writer.member("request_id", requestID)
        if let remedy { writer.member("remedy", remedy) }
        if !fields.isEmpty { write(fields, to: &writer) }
        writer.endObject()
        var headers = headers
        headers[.contentType] = "application/problem+json"
        headers[.cacheControl] = "no-store"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: writer.bytes)))
    }

    private func write(_ fields: [FieldProblem], to writer: inout JSONWriter) {
        writer.name("errors")
        writer.beginArray()
        for field in fields {
            writer.beginObject()
            writer.member("field", field.path)
            writer.member("detail", field.message)
            writer.member("pointer", Self.pointer(to: field.path))
            writer.endObject()
        }
        writer.endArray()
    }

    /// `messages[1].role` as a JSON Pointer in a URI fragment (RFC 6901, section 6): `#/messages/1/role`.
    static func pointer(to path: String) -> String {
        guard !path.isEmpty else { return "#" }
        let words = path.split { $0 == "." || $0 == "[" || $0 == "]" }
        return "#/" + words.map { $0.replacing("~", with: "~0").replacing("/", with: "~1") }.joined(separator: "/")
    }
}

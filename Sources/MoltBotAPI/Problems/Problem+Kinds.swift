internal import HTTPTypes
internal import Hummingbird
internal import MoltBotCore

/// The problems that more than one endpoint has.
extension Problem {
    static func invalid(_ code: String, _ title: String, fields: [FieldProblem]) -> Problem {
        var problem = Problem(.badRequest, code, title, fields.map(\.description).joined(separator: "; "))
        problem.fields = fields
        return problem
    }

    static func invalidQuery(_ name: String, expected: String, got text: String) -> Problem {
        .invalid(
            "invalid-query", "A query parameter is wrong",
            fields: [FieldProblem(path: name, message: "expected \(expected), got \"\(text.prefix(64))\"")])
    }

    static func notFound(_ what: String) -> Problem {
        Problem(
            .notFound, "not-found", "Not found", "\(what) does not exist here.",
            remedy: "Look at /openapi.json for the addresses, and make sure that the key belongs to the workspace you mean.")
    }

    static func notAllowed(_ method: HTTPRequest.Method, _ path: String, allowed: [HTTPRequest.Method]) -> Problem {
        let names = allowed.map(\.rawValue).sorted().joined(separator: ", ")
        var problem = Problem(
            .methodNotAllowed, "method-not-allowed", "Method not allowed", "\(path) takes \(names), not \(method.rawValue).")
        problem.headers[.allow] = names
        return problem
    }

    static func tooLarge(_ what: String, limit: Int) -> Problem {
        Problem(
            .contentTooLarge, "too-large", "Too large", "\(what) is bigger than the limit of \(limit) bytes.",
            remedy: "Send less at once; many tasks go to /tasks/batch.")
    }

    static let timeout = Problem(
        .requestTimeout, "request-timeout", "The request took too long", "The body did not arrive in time.",
        remedy: "Send it again on a better connection.")

    static let stopping = Problem(
        .serviceUnavailable, "stopping", "The server is stopping", "This node stops; others go on.", remedy: "Connect again."
    ).retry(afterSeconds: 1)

    /// Details stay in the log under the request's id.
    static let fault = Problem(
        .internalServerError, "fault", "A fault of the server", "The request failed for a reason that is not the client's.",
        remedy: "Look for the request id in the server's log.")
}

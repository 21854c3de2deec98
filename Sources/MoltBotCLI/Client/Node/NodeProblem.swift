import MoltBotCore

/// What an API node says when it does not do what it was asked (RFC 9457).
struct NodeProblem: Error, Sendable, Equatable {
    struct Field: Sendable, Equatable {
        /// As in `[3].parameters.temperature`; empty for the whole.
        let path: String
        let detail: String
    }

    let status: Int
    /// A stable name.
    let code: String
    let detail: String
    let remedy: String?
    let fields: [Field]

    /// Nil when the document is no problem of MoltBot's.
    init?(status: Int, _ document: JSONValue) {
        guard let code = document["code"]?.stringValue, let detail = document["detail"]?.stringValue else { return nil }
        self.status = status
        self.code = code
        self.detail = detail
        remedy = document["remedy"]?.stringValue
        fields = (document["errors"]?.arrayValue ?? []).compactMap { field in
            guard let path = field["field"]?.stringValue, let detail = field["detail"]?.stringValue else { return nil }
            return Field(path: path, detail: detail)
        }
    }
}

extension CommandFailure {
    init(_ problem: NodeProblem) {
        let status: ExitStatus =
            switch (problem.status, problem.code) {
            case (401, _), (403, _): .refused
            // What the broker lacks does not come by itself.
            case (503, "broker-not-prepared"): .configuration
            case (408, _), (429, _), (503, _): .tryLater
            case (404, _), (409, _): .failed
            case (400..<500, _): .usage
            default: .fault
            }
        // The API speaks of header fields and addresses, which are not what a command is given.
        let remedy =
            switch problem.status {
            case 401: "Set MOLTBOT_API_KEY to an access key that is valid; `moltbot keys create` makes one."
            case 404: "`moltbot tasks list` shows what there is. --workspace names another workspace; an access key sees its own only."
            default: problem.remedy
            }
        self.init(status, problem.detail, remedy: remedy)
    }
}

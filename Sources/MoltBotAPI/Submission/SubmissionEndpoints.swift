internal import HTTPTypes
internal import Hummingbird
internal import MoltBotCore
internal import MoltBotMessaging

/// `POST /tasks`.
struct SubmissionEndpoints: EndpointGroup {
    let acceptance: TaskAcceptance
    let configuration: APIConfiguration

    var endpoints: [Endpoint] {
        [Endpoint(.post, "/tasks", .submit) { request, context in try await submit(request, context) }]
    }

    /// Answers 202 once the broker has the task, and not before.
    private func submit(_ request: Request, _ context: APIContext) async throws -> Response {
        let key = try IdempotencyKey(request.headers)
        let task = try Self.submission(try TaskDraft(try await request.json(configuration)), key, context.caller)
        let accepted = try await acceptance.accept(task)
        var headers: HTTPFields = [.location: "/tasks/" + PercentEncoding.encode(accepted.id.rawValue)]
        if accepted.isRepetition { headers[.idempotentReplayed] = "true" }
        return .json(.accepted, headers: headers) { writer in
            writer.beginObject()
            writer.member("task_id", accepted.id.rawValue)
            writer.member("status", accepted.status.rawValue)
            writer.member("created_at", accepted.createdAt)
            writer.endObject()
        }
    }

    /// The task that a caller's request stands for.
    static func submission(_ draft: TaskDraft, _ header: IdempotencyKey?, _ caller: Caller) throws(Problem) -> TaskSubmission {
        var request = draft.request
        if let header, let field = request.idempotencyKey, header.text != field {
            throw .invalid(
                "invalid-task", "The task can't be taken",
                fields: [FieldProblem(path: "idempotency_key", message: "differs from the header Idempotency-Key; send one of them")])
        }
        request.idempotencyKey = header?.text ?? request.idempotencyKey
        let id = request.idempotencyKey.flatMap { IdempotencyKey($0)?.taskID(in: caller.workspace) }
        var task = TaskSubmission(id: id ?? TaskID(), workspace: caller.workspace, request: request, priority: draft.priority)
        if id != nil { task.fingerprint = PayloadFingerprint(of: task).text }
        return task
    }
}

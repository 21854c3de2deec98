internal import HTTPTypes
internal import Hummingbird
internal import MoltBotCore
internal import MoltBotLedger
internal import MoltBotMessaging

/// `POST /tasks`.
struct SubmissionEndpoints: EndpointGroup {
    let intake: TaskIntake
    let reader: TaskReader
    let configuration: APIConfiguration

    var endpoints: [Endpoint] {
        [Endpoint(.post, "/tasks", .submit) { request, context in try await submit(request, context) }]
    }

    /// Answers 202 once the broker has the task, and not before.
    private func submit(_ request: Request, _ context: APIContext) async throws -> Response {
        let key = try IdempotencyKey(request.headers)
        let task = try Self.submission(try TaskDraft(try await request.json(configuration)), key, context.caller)
        if task.request.idempotencyKey != nil, let known = await known(task) {
            return Self.accepted(known.id, known.status, known.createdAt, [.idempotentReplayed: "true"])
        }
        do {
            try await intake.take(task)
        } catch {
            throw Problem(error)
        }
        return Self.accepted(task.id, .queued, task.createdAt, [:])
    }

    /// The task, when a request with its key was taken before. Where that can't be said it is sent again: workers pay for a key once.
    private func known(_ task: TaskSubmission) async -> TaskRecord? {
        await reader.catchUp()
        return try? await reader.store.task(task.id, in: task.workspace)?.record
    }

    private static func accepted(_ id: TaskID, _ status: TaskStatus, _ createdAt: Timestamp, _ headers: HTTPFields) -> Response {
        var headers = headers
        headers[.location] = "/tasks/" + PercentEncoding.encode(id.rawValue)
        return .json(.accepted, headers: headers) { writer in
            writer.beginObject()
            writer.member("task_id", id.rawValue)
            writer.member("status", status.rawValue)
            writer.member("created_at", createdAt)
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
        return TaskSubmission(id: id ?? TaskID(), workspace: caller.workspace, request: request, priority: draft.priority)
    }
}

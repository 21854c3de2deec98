internal import HTTPTypes
internal import Hummingbird
internal import MoltBotCore
internal import MoltBotLedger
internal import MoltBotMessaging

/// `POST /tasks/batch` and `GET /batches/{id}`.
struct BatchEndpoints: EndpointGroup {
    /// Where the client names no concurrency: more than workers usually run at once, and no more in their queue than they need.
    private static let defaultConcurrency = 1000
    private static let concurrencies = 1...50_000

    let intake: BatchIntake
    let reader: TaskReader
    let configuration: APIConfiguration
    let slots: UploadSlots

    var endpoints: [Endpoint] {
        [
            Endpoint(.post, "/tasks/batch", .submit) { request, context in try await submit(request, context) },
            Endpoint(.get, "/batches/{id}", .read) { request, context in
                _ = try Query(request, known: [])
                return try await progress(try context.parameter("id"), context.caller.workspace)
            },
        ]
    }

    private func submit(_ request: Request, _ context: APIContext) async throws -> Response {
        let concurrency =
            try Query(request, known: ["concurrency"]).integer("concurrency", in: Self.concurrencies) ?? Self.defaultConcurrency
        let key = try IdempotencyKey(request.headers)
        try request.requireJSON(or: "application/x-ndjson")
        let workspace = context.caller.workspace
        let id = key.flatMap { $0.taskID(in: workspace)?.rawValue } ?? UUIDText.version7()
        return try await slots.withSlot(of: workspace) {
            let tasks = try await BatchUpload.read(request.body, as: id, context.caller, configuration)
            let batch = TaskBatch(
                id: id, workspace: workspace, total: tasks.count, concurrency: concurrency,
                fingerprint: key == nil ? nil : Self.fingerprint(tasks, concurrency))
            if let known = try await known(batch) {
                return Self.accepted(known.id, known.total, [.idempotentReplayed: "true"])
            }
            do throws(IntakeRefusal) {
                try await intake.take(batch, tasks)
            } catch {
                throw Problem(error)
            }
            // Of two that were sent at the same moment the first one in the stream counts; that the ledger is behind changes nothing
            // about what was taken.
            do throws(Problem) {
                _ = try await known(batch)
            } catch {
                if error.status == .unprocessableContent { throw error }
            }
            return Self.accepted(id, tasks.count, [:])
        }
    }

    /// The batch, when a request with its key was taken before.
    /// - Throws: 422 for a key that another payload was sent with; 503 when nobody can say, since a batch is not to run twice.
    private func known(_ batch: TaskBatch) async throws(Problem) -> BatchRecord? {
        guard let fingerprint = batch.fingerprint else { return nil }
        let known: BatchRecord?
        do {
            try await reader.service.waitUntilRead()
            known = try await reader.store.batch(batch.id, in: batch.workspace)
        } catch {
            throw Problem(error)
        }
        guard let known else { return nil }
        guard known.acceptance?.fingerprint == fingerprint else { throw .keyUsed }
        return known
    }

    private static func fingerprint(_ tasks: [TaskSubmission], _ concurrency: Int) -> String {
        var fingerprint = PayloadFingerprint()
        for task in tasks { fingerprint.add(task) }
        fingerprint.add(concurrency: concurrency)
        return fingerprint.text
    }

    private static func accepted(_ id: String, _ total: Int, _ headers: HTTPFields) -> Response {
        var headers = headers
        headers[.location] = "/batches/" + id
        return .json(.accepted, headers: headers) { writer in
            writer.beginObject()
            writer.member("batch_id", id)
            writer.member("status", TaskStatus.queued.rawValue)
            writer.member("total", total)
            writer.name("task_ids")
            writer.beginArray()
            for number in 1...max(1, total) { writer.string("\(id)-\(number)") }
            writer.endArray()
            writer.endObject()
        }
    }

    private func progress(_ id: String, _ workspace: Workspace) async throws -> Response {
        await reader.catchUp()
        let batch: BatchRecord?
        do {
            batch = try await reader.store.batch(id, in: workspace)
        } catch {
            throw Problem(error)
        }
        guard let batch else { throw Problem.notFound("Batch \(id.prefix(64))") }
        return .json { writer in
            writer.beginObject()
            writer.member("batch_id", batch.id)
            writer.member("workspace", batch.workspace.name)
            writer.member("status", batch.ended == batch.total ? "ended" : "running")
            writer.member("total", batch.total)
            writer.member("ended", batch.ended)
            writer.name("tasks")
            writer.beginObject()
            for status in TaskStatus.allCases {
                writer.name(anyOf: status.rawValue)
                writer.integer(batch.counts[status] ?? 0)
            }
            writer.endObject()
            writer.member("cost_usd", batch.cost)
            writer.endObject()
        }
    }
}

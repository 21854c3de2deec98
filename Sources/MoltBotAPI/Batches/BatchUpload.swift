internal import HTTPTypes
internal import Hummingbird
internal import MoltBotCore
internal import MoltBotMessaging
internal import NIOCore

/// Reads the tasks of a batch from a request's body as they come, each checked when it is complete.
///
/// A batch is taken whole or not at all, so its tasks are kept until the last one was checked; that is what the limits are for.
struct BatchUpload {
    static let maximumTasks = TaskBatch.sizes.upperBound
    static let maximumBytes = 64 << 20
    /// For all of it to arrive.
    private static let patience = Duration.seconds(300)

    private let id: String
    private let caller: Caller
    private let createdAt: Timestamp
    private var splitter: ElementSplitter
    private(set) var tasks: [TaskSubmission] = []
    private var bytes = 0

    private init(_ id: String, _ caller: Caller, _ configuration: APIConfiguration) {
        self.id = id
        self.caller = caller
        createdAt = .now()
        splitter = ElementSplitter(maximumBytes: configuration.maximumBodyBytes)
    }

    /// - Throws: 400 naming the element and the field, 408, 413.
    static func read(
        _ body: RequestBody, as id: String, _ caller: Caller, _ configuration: APIConfiguration
    ) async throws -> [TaskSubmission] {
        try await withThrowingTaskGroup(of: [TaskSubmission].self) { group in
            group.addTask {
                var upload = BatchUpload(id, caller, configuration)
                for try await part in body { try upload.take(part) }
                return try upload.finish()
            }
            group.addTask {
                try await Task.sleep(for: patience)
                throw Problem.timeout
            }
            defer { group.cancelAll() }
            guard let tasks = try await group.next() else { throw CancellationError() }
            return tasks
        }
    }

    private mutating func take(_ part: ByteBuffer) throws {
        bytes += part.readableBytes
        guard bytes <= Self.maximumBytes else { throw Problem.tooLarge("The batch", limit: Self.maximumBytes) }
        try split { splitter, complete in try splitter.feed(part.readableBytesView, complete) }
    }

    private mutating func finish() throws -> [TaskSubmission] {
        try split { splitter, complete in try splitter.finish(complete) }
        guard !tasks.isEmpty else { throw Self.invalid([FieldProblem(path: "", message: "expected at least one task")]) }
        return tasks
    }

    private mutating func split(_ body: (inout ElementSplitter, ([UInt8]) throws -> Void) throws -> Void) throws {
        var found: [[UInt8]] = []
        do {
            try body(&splitter) { found.append($0) }
        } catch let failure as ElementSplitter.Failure {
            throw Self.invalid([FieldProblem(path: "[\(tasks.count + found.count)]", message: failure.forPeople)])
        }
        for element in found { try append(element) }
    }

    private mutating func append(_ element: [UInt8]) throws {
        let index = tasks.count
        guard index < Self.maximumTasks else {
            throw Problem(.contentTooLarge, "too-many-tasks", "Too many tasks", "A batch has at most \(Self.maximumTasks) tasks.")
        }
        let draft: TaskDraft
        do {
            draft = try TaskDraft(try JSONValue.parse(element))
        } catch let error as JSONError {
            throw Self.invalid([FieldProblem(path: "[\(index)]", message: "not valid JSON: \(error)")])
        } catch let problem as Problem {
            throw Self.invalid(
                problem.fields.map { FieldProblem(path: "[\(index)]" + ($0.path.isEmpty ? "" : "." + $0.path), message: $0.message) })
        }
        guard let taskID = TaskBatch.taskID(index + 1, in: id) else { throw Problem.fault }
        var task = TaskSubmission(
            id: taskID, workspace: caller.workspace, request: draft.request, priority: draft.priority, createdAt: createdAt)
        task.batch = id
        tasks.append(task)
    }

    private static func invalid(_ fields: [FieldProblem]) -> Problem {
        .invalid("invalid-task", "The batch can't be taken; none of its tasks was", fields: fields)
    }
}

extension ElementSplitter.Failure {
    fileprivate var forPeople: String {
        switch self {
        case .tooLarge(let limit): "the task is bigger than the limit of \(limit) bytes"
        case .misplaced(let what): "expected a JSON array of tasks, or one task a line; found \(what)"
        case .incomplete: "the body ends within the batch"
        }
    }
}

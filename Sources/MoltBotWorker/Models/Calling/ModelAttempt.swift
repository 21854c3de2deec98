internal import ModelProviders
internal import MoltBotCore
internal import MoltBotMessaging
internal import Synchronization

/// One attempt of a task: calls one deployment after the other until one answers or there is no reason to ask another. A cancel
/// request ends it early. On the heap, because thousands of them wait at once, and the frames of the wait would hold copies.
final class ModelAttempt: Sendable {
    /// What became of an attempt.
    final class Ending: Sendable {
        let result: Result<ModelAnswer, ModelError>
        /// Who answered, or failed last.
        let call: PlannedCall
        /// The calls before the last one, each with its error.
        let failures: [TaskAttempt]
        /// When the last call began.
        let beganAt: Timestamp

        init(_ result: Result<ModelAnswer, ModelError>, of call: PlannedCall, beganAt: Timestamp, after failures: [TaskAttempt] = []) {
            self.result = result
            self.call = call
            self.failures = failures
            self.beganAt = beganAt
        }
    }

    let task: TaskEnvelope
    let request: TaskRequest
    let first: PlannedCall
    /// The attempt's number.
    let number: Int
    /// For all the calls together.
    let timeout: Duration
    let models: ModelDirectory
    let events: EventPublisher
    let executor: any TaskExecutor

    init(
        task: TaskEnvelope, request: TaskRequest, first: PlannedCall, number: Int, timeout: Duration, models: ModelDirectory,
        events: EventPublisher, executor: any TaskExecutor
    ) {
        self.task = task
        self.request = request
        self.first = first
        self.number = number
        self.timeout = timeout
        self.models = models
        self.events = events
        self.executor = executor
    }

    /// Calls the model, and ends the call when the task is cancelled or the worker stops.
    func run(until cancelled: OneShot) async -> Ending {
        // A task of its own, because a cancel request ends the call and nothing else of the run. It never outlives the wait for it.
        let calls = Task(executorPreference: executor) { await self.calls() }
        let registration = cancelled.whenFired { calls.cancel() }
        defer { cancelled.forget(registration) }
        return await withTaskCancellationHandler {
            await calls.value
        } onCancel: {
            calls.cancel()
        }
    }

    private func calls() async -> Ending {
        let listener = listener
        let end = ContinuousClock.now + timeout
        let beganAt = Timestamp.now()
        var isKeyRenewed = false
        let result = await make(first, within: timeout, listener, &isKeyRenewed)
        let ending = Ending(result, of: first, beganAt: beganAt)
        guard case .failure(let error) = result, error.kind != .cancelled else { return ending }
        return await failOver(from: ending, until: end, listener, isKeyRenewed)
    }

    /// Apart from the first call, whose wait is nearly always the only one, and needs a much smaller frame.
    @inline(never)
    private func failOver(
        from first: Ending, until end: ContinuousClock.Instant, _ listener: DeltaListener?, _ isKeyRenewed: Bool
    ) async -> Ending {
        var (ending, isKeyRenewed) = (first, isKeyRenewed)
        let configuration = models.configuration
        var route = FailoverRoute(
            request: request, of: task.queue.workspace, first: first.call, models: models, configuration: configuration)
        while case .failure(let error) = ending.result {
            guard let next = route.next(after: error, hasDelivered: listener?.hasDelivered ?? false, isKeyRenewed: isKeyRenewed) else {
                return Ending(.failure(route.verdict ?? error), of: ending.call, beganAt: ending.beganAt, after: ending.failures)
            }
            let failure = TaskAttempt(
                number: 0, deployment: ending.call.deployed.name, startedAt: ending.beganAt,
                duration: Timestamp.now() - ending.beganAt, error: TaskFailure(error))
            // Another key of the same deployment is asked at once.
            if configuration.failoverInterval > .zero, next.deployed !== ending.call.deployed {
                try? await Task.sleep(for: configuration.failoverInterval)
            }
            let beganAt = Timestamp.now()
            let result = await make(next, within: end - .now, listener, &isKeyRenewed)
            ending = Ending(result, of: next, beganAt: beganAt, after: ending.failures + [failure])
        }
        return ending
    }

    private func make(
        _ planned: PlannedCall, within time: Duration, _ listener: DeltaListener?, _ isKeyRenewed: inout Bool
    ) async -> Result<ModelAnswer, ModelError> {
        if let refusal = time > .zero ? planned.deployed.refusal(of: request.content) : outOfTime {
            models.ended(planned, CallEnd(error: refusal, isUnsent: true, duration: .zero))
            return .failure(refusal)
        }
        var authorization = ModelAuthorization.none
        let result = await call(planned, within: time, listener, &authorization)
        let duration = ContinuousClock.now - planned.beganAt
        var isNowRenewed = false
        if case .failure(let error) = result {
            if error.status == 401 { isNowRenewed = await planned.deployed.keys[planned.key].refused(authorization) && !isKeyRenewed }
            isKeyRenewed = isNowRenewed
        }
        models.ended(planned, CallEnd(result, isKeyRenewed: isNowRenewed, duration: duration))
        return result
    }

    private func call(
        _ planned: PlannedCall, within time: Duration, _ listener: DeltaListener?, _ authorization: inout ModelAuthorization
    ) async -> Result<ModelAnswer, ModelError> {
        do throws(ModelError) {
            authorization = try await planned.deployed.keys[planned.key].authorization()
            return .success(
                try await planned.deployed.provider.complete(
                    modelCall(planned, within: time, authorization), onDelta: listener?.handler))
        } catch {
            return .failure(error)
        }
    }

    @inline(never)
    private func modelCall(_ planned: PlannedCall, within time: Duration, _ authorization: ModelAuthorization) -> ModelCall {
        let deployed = planned.deployed
        return ModelCall(
            model: planned.providerModel, content: request.content,
            parameters: deployed.parameters(request.parameters, for: request.operation), authorization: authorization,
            timeout: deployed.deployment.timeout.map { min($0, time) } ?? time, isStreamed: request.stream, attempt: number)
    }

    private var outOfTime: ModelError {
        ModelError(.timeout, message: "no time is left of the attempt's \(timeout) for another call")
    }

    /// Pieces go to the reply queue only, and only when the task asks for them.
    private var listener: DeltaListener? {
        guard request.stream, let replyTo = task.replyTo else { return nil }
        return DeltaListener(task: task, replyTo: replyTo, events: events)
    }
}

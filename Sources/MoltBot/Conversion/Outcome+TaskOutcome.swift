internal import FoundationEssentials
internal import MoltBotCore

extension MoltBot.Outcome {
    init(_ outcome: TaskOutcome) {
        self.init(
            taskID: outcome.taskID.rawValue, workspace: outcome.workspace.name, status: MoltBot.Status(outcome.status),
            model: outcome.model, provider: outcome.provider, deployment: outcome.deployment, result: outcome.result,
            message: outcome.message.map { MoltBot.JSON($0) }, finishReason: outcome.finishReason,
            usage: outcome.usage.map { MoltBot.Usage($0) }, cost: outcome.cost, isCached: outcome.isCached,
            attempts: outcome.attempts.map { MoltBot.Attempt($0) }, createdAt: outcome.createdAt.map { Date($0) },
            startedAt: outcome.startedAt.map { Date($0) }, completedAt: outcome.completedAt.map { Date($0) },
            queueTime: outcome.queueTime, metadata: outcome.metadata.mapValues { MoltBot.JSON($0) },
            failure: outcome.error.map { MoltBot.Failure($0) })
    }
}

extension MoltBot.Status {
    init(_ status: TaskStatus) {
        self =
            switch status {
            case .queued: .queued
            case .running: .running
            case .retrying: .retrying
            case .completed: .completed
            case .failed: .failed
            case .cancelled: .cancelled
            case .expired: .expired
            }
    }
}

extension MoltBot.Usage {
    init(_ usage: MoltBotCore.Usage) {
        self.init(
            inputTokens: usage.inputTokens, outputTokens: usage.outputTokens, cachedInputTokens: usage.cachedInputTokens,
            cacheWriteInputTokens: usage.cacheWriteInputTokens, reasoningTokens: usage.reasoningTokens)
    }
}

extension MoltBot.Attempt {
    init(_ attempt: TaskAttempt) {
        self.init(
            number: attempt.number, deployment: attempt.deployment, startedAt: Date(attempt.startedAt), duration: attempt.duration,
            failure: attempt.error.map { MoltBot.Failure($0) })
    }
}

extension MoltBot.Failure {
    init(_ failure: TaskFailure) {
        self.init(type: failure.type, message: failure.message, status: failure.status, isRetryable: failure.isRetryable)
    }
}

internal import Logging
internal import MoltBotCore
internal import MoltBotMessaging

/// Tells the other workers and the operators what this process finds out about its models, and hears what the others found out.
struct ModelSharing: Sendable {
    let models: ModelDirectory
    /// Whose tasks this process takes.
    let workspaces: [Workspace]
    let control: ControlLine
    let events: ModelEventPublisher
    let logger: Logger

    /// Goes on until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await changes in models.health { tell(changes) }
            }
            group.addTask { await stayPresent() }
        }
    }

    func heard(_ message: ControlMessage) {
        switch message {
        case .models(let news):
            for news in news { models.heard(HealthChange(news)) }
        case .presence(let presence):
            models.heard(presence)
            if presence.isNew { control.tell(.presence(self.presence())) }
        case .cancel, .holding, .modelStatus: break
        }
    }

    /// What this process knows of its deployments.
    var conditions: [ModelCondition] { models.statuses().map(ModelCondition.init) }

    private func tell(_ changes: [HealthChange]) {
        control.tell(.models(changes.map(ModelNews.init)))
        for change in changes {
            if let event = ModelEvent(change) { events.announce(event) }
            var metadata: Logger.Metadata = ["moltbot.deployment": "\(change.deployment)", "moltbot.model": "\(change.model)"]
            if let key = change.key { metadata["moltbot.key"] = "\(key)" }
            if let error = change.error { metadata["moltbot.reason"] = "\(error)" }
            switch change.kind {
            case .opened(let time): logger.warning("A deployment gets no calls for \(time): it fails", metadata: metadata)
            case .paused(let time): logger.info("A deployment gets no calls for \(time): its provider asks for a pause", metadata: metadata)
            case .closed: logger.notice("A deployment is well again", metadata: metadata)
            }
        }
    }

    private func stayPresent() async {
        // Else the next sign of life makes up for it.
        try? await control.prepareToHear()
        control.tell(.presence(presence(isNew: true)))
        while (try? await Task.sleep(for: WorkersHeard.interval)) != nil {
            control.tell(.presence(presence()))
            models.countWorkers()
        }
        control.tell(.presence(presence(isLeaving: true)))
    }

    private func presence(isLeaving: Bool = false, isNew: Bool = false) -> WorkerPresence {
        WorkerPresence(
            worker: models.id, count: models.workerCount, workspaces: workspaces, isLeaving: isLeaving, isNew: isNew)
    }
}

extension HealthChange {
    fileprivate init(_ news: ModelNews) {
        switch news {
        case .opened(let deployment, let key, let time, let reason):
            self.init(
                deployment: deployment, model: "", key: key, kind: .opened(time), error: ModelError(.overloaded, message: reason))
        case .paused(let deployment, let key, let time):
            self.init(deployment: deployment, model: "", key: key, kind: .paused(time), error: nil)
        case .closed(let deployment, let key):
            self.init(deployment: deployment, model: "", key: key, kind: .closed, error: nil)
        }
    }
}

extension ModelNews {
    fileprivate init(_ change: HealthChange) {
        switch change.kind {
        case .opened(let time):
            self = .opened(deployment: change.deployment, key: change.key, time: time, reason: change.error?.message ?? "")
        case .paused(let time): self = .paused(deployment: change.deployment, key: change.key, time: time)
        case .closed: self = .closed(deployment: change.deployment, key: change.key)
        }
    }
}

extension ModelEvent {
    /// Nil for a pause, which is how limits work and no news.
    fileprivate init?(_ change: HealthChange) {
        switch change.kind {
        case .opened(let time):
            self.init(.unhealthy, model: change.model, deployment: change.deployment)
            until = self.time + time
            error = change.error.map { TaskFailure($0) }
        case .closed: self.init(.recovered, model: change.model, deployment: change.deployment)
        case .paused: return nil
        }
        key = change.key
    }
}

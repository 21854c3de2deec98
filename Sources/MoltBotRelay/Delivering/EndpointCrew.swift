internal import MoltBotCore
internal import MoltBotMessaging
internal import Synchronization

/// One ``EndpointRunner`` for each endpoint of the directory, as they come and go.
final class EndpointCrew: Sendable {
    private let directory: EndpointDirectory
    private let makeRunner: @Sendable (EndpointDirectory.Entry) -> EndpointRunner
    private let isStopping = Mutex(false)
    private let stopSignal = ChangeSignal()

    init(_ directory: EndpointDirectory, makeRunner: @escaping @Sendable (EndpointDirectory.Entry) -> EndpointRunner) {
        self.directory = directory
        self.makeRunner = makeRunner
    }

    /// Takes no more deliveries; ``run()`` returns when the running ones have ended.
    func stop() {
        isStopping.withLock { $0 = true }
        stopSignal.changed()
    }

    func run() async {
        await withDiscardingTaskGroup { group in
            var runners: [String: EndpointRunner] = [:]
            var known: [String: EndpointDirectory.Entry] = [:]
            while !Task.isCancelled {
                let version = directory.version
                let stopVersion = stopSignal.version
                if isStopping.withLock(\.self) { break }
                let entries = directory.entries
                for (id, runner) in runners where entries[id] == nil {
                    runner.end()
                    runners[id] = nil
                }
                for (id, entry) in entries where known[id] != entry {
                    if let runner = runners[id] {
                        runner.update(entry)
                    } else {
                        let runner = makeRunner(entry)
                        runners[id] = runner
                        group.addTask { await runner.run() }
                    }
                }
                known = entries
                await wait(beyond: version, stopVersion)
            }
            for runner in runners.values { runner.end() }
        }
    }

    private func wait(beyond version: Int, _ stopVersion: Int) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.directory.wait(beyond: version) }
            group.addTask { await self.stopSignal.wait(beyond: stopVersion) }
            await group.next()
            group.cancelAll()
        }
    }
}

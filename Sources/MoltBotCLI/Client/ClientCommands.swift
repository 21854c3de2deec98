import ArgumentParser

/// The commands that give work to MoltBot and look at what became of it.
enum ClientCommands {
    static let all: [any ParsableCommand.Type] = [
        SubmitCommand.self, ResultsCommand.self, TasksCommand.self, BatchCommand.self, StatusCommand.self, ModelsCommand.self,
        WebhooksCommand.self,
        DeadCommand.self,
        DemoCommand.self,
    ]
}

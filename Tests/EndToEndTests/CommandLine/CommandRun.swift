import TestSupport

/// What a run of the real `moltbot` program left behind.
struct CommandRun {
    let status: ChildProcess.Exit
    let output: String
    let messages: String

    /// Runs a command to its end in an empty folder, without the settings of whoever runs the tests.
    static func of(
        _ arguments: String..., environment: [String: String] = [:], files: [String: String] = [:], within duration: Duration = .seconds(60)
    ) async throws -> CommandRun {
        let folder = try await WorkingFolder(files: files)
        let result = try await runToEnd(
            try BuildProducts.executable("moltbot"), arguments, environment: Self.neutral.merging(environment) { _, new in new },
            workingDirectory: folder.path, within: duration)
        return CommandRun(status: result.exit, output: result.output, messages: result.errorOutput)
    }

    /// An empty variable is as good as none.
    static let neutral = ["OPENAI_API_KEY": "", "OPENAI_BASE_URL": "", "NO_COLOR": "1"]
}

import ArgumentParser
import MoltBotCore

/// Which tasks a command is about.
struct TaskFilterOptions: ParsableArguments {
    /// One metadata field and the value it has to have.
    struct Metadata: Sendable {
        let name: String
        let value: String

        static func parse(_ text: String) throws -> Metadata {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw ValidationError("expected a name and a value such as ticket=42, got '\(text)'")
            }
            return Metadata(name: String(parts[0]), value: String(parts[1]))
        }
    }

    @Option(
        help: ArgumentHelp("Only those with this status; several with commas between.", valueName: "status"),
        transform: { text in
            for name in text.split(separator: ",", omittingEmptySubsequences: false) where TaskStatus(rawValue: String(name)) == nil {
                throw ValidationError(
                    "expected some of \(TaskStatus.allCases.map(\.rawValue).joined(separator: ", ")), with commas between")
            }
            return text
        })
    var status: String?

    @Option(help: ArgumentHelp("Only those that ask this model.", valueName: "model"))
    var model: String?

    @Option(help: ArgumentHelp("Only those of this batch.", valueName: "id"))
    var batch: String?

    @Option(
        help: ArgumentHelp("Only those made since: so long ago, such as 90m, or a time such as 2026-11-30T12:00:00Z.", valueName: "time"),
        transform: PointInTime.parse)
    var since: PointInTime?

    @Option(help: ArgumentHelp("Only those made before; as --since.", valueName: "time"), transform: PointInTime.parse)
    var until: PointInTime?

    @Option(
        name: .customLong("metadata"),
        help: ArgumentHelp("Only those with this in their metadata; may be repeated.", valueName: "name=value"),
        transform: Metadata.parse)
    var metadata: [Metadata] = []

    func validate() throws {
        let now = Timestamp.now()
        if let since = since?.timestamp(now: now), let until = until?.timestamp(now: now), since >= until {
            throw ValidationError("--since is not before --until")
        }
        let names = metadata.map(\.name)
        if let twice = names.first(where: { name in names.filter { $0 == name }.count > 1 }) {
            throw ValidationError("--metadata \(twice)=... is given twice; a task has one value of it")
        }
    }

    /// The query of `GET /tasks`.
    func query(now: Timestamp) -> [(String, String)] {
        [
            ("status", status), ("model", model), ("batch_id", batch),
            ("created_after", since?.timestamp(now: now).rfc3339), ("created_before", until?.timestamp(now: now).rfc3339),
        ].compactMap { name, value in value.map { (name, $0) } } + metadata.map { ("metadata." + $0.name, $0.value) }
    }
}

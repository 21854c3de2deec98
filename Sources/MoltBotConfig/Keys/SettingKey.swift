/// One setting: its name, its default and what it means, stated once.
///
/// A setting `broker.url` is `broker: {url: ...}` in the file and `MOLTBOT_BROKER_URL` in the environment. The help texts, the
/// example file's test and the error messages all come from this value.
package struct SettingKey: Sendable, Hashable {
    /// What a value looks like, in an error message after "give".
    package enum Form: String, Sendable {
        case text = "a text"
        case list = "one or several names, separated by commas"
        case networks = "one or several networks such as 10.20.0.0/16, separated by commas"
        case flag = "true or false"
        case wholeNumber = "a whole number"
        case fraction = "a number from 0 to 1"
        case duration = "a number of seconds, or a number with one of the units ms, s, m, h, d"
        case milliseconds = "a number of milliseconds, or a number with one of the units ms, s, m"
        case deployments = "a list of deployments, each with its name and provider"
        case workspaceLimits = "limits by workspace, such as {acme: {requests_per_minute: 600}}"
        case size = "a number of bytes, or a number with one of the units KiB, MiB, GiB"
    }

    /// The path in the file, its parts joined by dots.
    package let name: String
    package let form: Form
    /// As it would be written in the file; nil when there is no value unless one is given.
    package let defaultText: String?
    /// A value to show where there is no default.
    package let example: String?
    /// Whether messages must not show the value.
    package let isSecret: Bool
    /// An environment variable of another program's convention that is read as well.
    package let foreignVariable: String?
    /// One sentence: what it does, with its unit.
    package let meaning: String

    init(
        _ name: String, _ form: Form, default defaultText: String? = nil, example: String? = nil, isSecret: Bool = false,
        foreignVariable: String? = nil, _ meaning: String
    ) {
        self.name = name
        self.form = form
        self.defaultText = defaultText
        self.example = example
        self.isSecret = isSecret
        self.foreignVariable = foreignVariable
        self.meaning = meaning
    }

    /// Whether the file has a list and the other places have its elements separated by commas.
    package var isList: Bool { form == .list || form == .networks }

    /// The environment variable, e.g. `MOLTBOT_WORKER_TASK_TIMEOUT`.
    package var variable: String {
        "MOLTBOT_" + name.uppercased().map { $0 == "." ? "_" : String($0) }.joined()
    }
}

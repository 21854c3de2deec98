/// The example settings file: every key with its meaning and its default, commented out.
///
/// `config/gateway.yaml` is this text; it changes with the catalogue, not by hand.
package enum SettingsExample {
    private static let width = 110
    private static let introduction = """
        # MoltBot's settings. Every key is here with its default, or with an example where it has none; remove the # of those you change.
        #
        # A flag wins over an environment variable, that over this file, that over the default. The variable of worker.task_timeout is
        # MOLTBOT_WORKER_TASK_TIMEOUT. This file is read when it is config/gateway.yaml in the working directory, or when --config or
        # MOLTBOT_CONFIG names it. Durations are seconds, or a number with ms, s, m, h or d; sizes are bytes, or a number with KiB, MiB or GiB.
        #
        # Written by `moltbot config example`.

        """

    package static var yaml: String {
        var text = introduction
        var section: [String] = []
        for key in SettingKey.all {
            let path = key.name.split(separator: ".").map(String.init)
            text += "\n"
            for depth in path.indices.dropLast() where section.count <= depth || section[depth] != path[depth] {
                text += "\(indent(depth))\(path[depth]):\n"
                section = Array(path[...depth])
            }
            section = Array(path.dropLast())
            text += entry(key, name: path.last ?? key.name, indent: indent(section.count))
        }
        return text
    }

    private static func entry(_ key: SettingKey, name: String, indent: String) -> String {
        let alias = key.foreignVariable.map { " \($0) is read as well." } ?? ""
        let comments = wrapped(key.meaning + alias).map { "\(indent)# \($0)\n" }.joined()
        let value = key.defaultText ?? key.example ?? ""
        return comments + "\(indent)# \(name): \(key.isList ? "[\(value)]" : value)\n"
    }

    private static func indent(_ depth: Int) -> String { String(repeating: "  ", count: depth) }

    private static func wrapped(_ text: String) -> [String] {
        text.split(separator: " ").reduce(into: [String]()) { lines, word in
            if let last = lines.last, last.count + word.count < width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
    }
}

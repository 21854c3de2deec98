import MoltBotCore

extension Console {
    /// Prints one line of JSON, for `--json`.
    func print(json write: (inout JSONWriter) -> Void) throws(Closed) {
        var writer = JSONWriter()
        write(&writer)
        try print(String(decoding: writer.bytes, as: UTF8.self))
    }
}

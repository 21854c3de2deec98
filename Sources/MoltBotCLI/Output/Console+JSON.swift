import MoltBotCore

extension Console {
    /// Prints one line of JSON, for `--json`.
    func print(json write: (inout JSONWriter) -> Void) throws(Closed) {
        var writer = JSONWriter()
        write(&writer)
        try print(String(decoding: writer.bytes, as: UTF8.self))
    }

    /// Prints a document of somebody else's, its members by their names: the same input is the same line.
    func print(sorted document: JSONValue) throws(Closed) {
        try print(String(decoding: document.canonicalBytes, as: UTF8.self))
    }
}

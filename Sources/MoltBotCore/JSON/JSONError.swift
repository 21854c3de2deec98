/// Why bytes are not JSON, and where.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    /// Position of the offending byte, counted from 0.
    package let offset: Int
    /// The value that was being read, e.g. `messages[1].content`; empty at the top.
    package private(set) var path: String
    package let message: String

    init(offset: Int, path: String = "", message: String) {
        self.offset = offset
        self.path = path
        self.message = message
    }

    package var description: String {
        path.isEmpty ? "byte \(offset): \(message)" : "byte \(offset), in \(path): \(message)"
    }

    /// The same error seen from the object that holds the value: paths are put together only when something fails.
    func inside(member name: String) -> JSONError {
        var error = self
        let separator = path.isEmpty || path.hasPrefix("[") ? "" : "."
        error.path = name + separator + path
        return error
    }

    func inside(element index: Int) -> JSONError {
        var error = self
        let separator = path.isEmpty || path.hasPrefix("[") ? "" : "."
        error.path = "[\(index)]" + separator + path
        return error
    }
}

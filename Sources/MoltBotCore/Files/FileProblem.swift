internal import Glibc

/// Why a file can't be read, in the operating system's words: Foundation tells the numbers of its own errors.
package enum FileProblem {
    /// - Parameter path: of a file that could not be read a moment ago.
    package static func text(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return words(errno) }
        defer { close(descriptor) }
        var byte: UInt8 = 0
        return read(descriptor, &byte, 1) < 0 ? words(errno) : "it could not be read, and can be now"
    }

    private static func words(_ number: Int32) -> String { number == EISDIR ? "it is a folder" : String(cString: strerror(number)) }
}

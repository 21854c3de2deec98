import Foundation
import MoltBotCore

/// A file that a command is told to read.
enum InputFile {
    /// - Parameter path: `-` is standard input.
    static func contents(of path: String) throws(CommandFailure) -> Data {
        do {
            if path == "-" { return try FileHandle.standardInput.readToEnd() ?? Data() }
            // A pipe, as in `--file <(command)`, is no file that could be mapped.
            return try FileHandle(forReadingFrom: URL(filePath: path)).readToEnd() ?? Data()
        } catch {
            throw CommandFailure(.usage, "\(path) can't be read: \(FileProblem.text(path == "-" ? "/dev/stdin" : path))")
        }
    }

    static func name(of path: String) -> String { path == "-" ? "(standard input)" : path }
}

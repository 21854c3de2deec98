import Foundation

/// A file that a command is told to read.
enum InputFile {
    /// - Parameter path: `-` is standard input.
    static func contents(of path: String) throws(CommandFailure) -> Data {
        do {
            if path == "-" { return try FileHandle.standardInput.readToEnd() ?? Data() }
            let url = URL(filePath: path)
            // Foundation has no words for it.
            if try url.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true {
                throw CommandFailure(.usage, "\(path) can't be read: it is a folder")
            }
            return try Data(contentsOf: url, options: .mappedIfSafe)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.usage, "\(path) can't be read: \(error.localizedDescription)")
        }
    }

    static func name(of path: String) -> String { path == "-" ? "(standard input)" : path }
}

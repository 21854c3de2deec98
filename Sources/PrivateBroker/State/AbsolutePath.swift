import FoundationEssentials

/// The broker runs in a folder of its own, so its files need absolute paths.
enum AbsolutePath {
    static func of(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}

import FoundationEssentials

/// Where the build put its products, and where the sources are.
package enum BuildProducts {
    /// The folder of the running test executable, which is where SwiftPM puts all products.
    package static var directory: String {
        get throws {
            let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            return executable.split(separator: "/").dropLast().reduce(into: "") { $0 += "/\($1)" }
        }
    }

    /// The path of a built executable, e.g. `moltbot`.
    package static func executable(_ name: String) throws -> String {
        let path = try directory + "/" + name
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw TestSupportError(.setUpFailed, "\(path) does not exist; build it with `swift build --build-tests`.")
        }
        return path
    }

    /// The root of the repository, from where this file was compiled.
    package static let repository: String =
        #filePath.split(separator: "/").dropLast(4).reduce(into: "") { $0 += "/\($1)" }
}

internal import FoundationEssentials
internal import Glibc
internal import MoltBotCore

/// A file with a node's master keys, one a line, the current one first. Only its owner may read it.
package struct MasterKeyFile: Sendable {
    /// Some keys and line breaks; more is another file.
    private static let maximumBytes = 16_384

    package let path: String

    package init(path: String) {
        self.path = path
    }

    /// Nil when there is no such file.
    /// - Throws: ``RegistryError`` of code `unusableKeyFile` or `invalidKey`.
    package func read() throws(RegistryError) -> MasterKeys? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failed("can't be opened")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failed("can't be looked at") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw unusable("is no file") }
        guard status.st_mode & 0o077 == 0 else { throw unusable("can be read by others than its owner; run: chmod 600 \(path)") }
        var bytes = [UInt8](repeating: 0, count: Self.maximumBytes)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw failed("can't be read") }
        do throws(RegistryError) {
            return try MasterKeys(SecretString(String(decoding: bytes.prefix(count), as: UTF8.self)))
        } catch {
            throw RegistryError(error.code, "the key file \(path) holds no master key: \(error.message)", cause: error)
        }
    }

    /// Makes the file with a new key, and the folders above it. When another process was faster its key counts.
    /// - Throws: ``RegistryError`` of code `unusableKeyFile`.
    package func create() throws(RegistryError) -> MasterKeys {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw RegistryError(.unusableKeyFile, "the folder of the key file \(path) can't be made: \(error)", cause: error)
        }
        let draft = "\(path).\(UUIDText.version7())"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failed("can't be written") }
        defer { unlink(draft) }
        let line = Array((MasterKey().text.reveal() + "\n").utf8)
        let isWritten = write(descriptor, line, line.count) == line.count && fsync(descriptor) == 0
        close(descriptor)
        guard isWritten else { throw failed("can't be written") }
        // Unlike a rename, a link never replaces a key that is there already; and nobody sees half a file.
        guard link(draft, path) == 0 || errno == EEXIST else { throw failed("can't be written") }
        guard let keys = try read() else { throw unusable("is gone again") }
        return keys
    }

    private var folder: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private func failed(_ what: String) -> RegistryError {
        unusable("\(what): \(String(cString: strerror(errno)))")
    }

    private func unusable(_ what: String) -> RegistryError {
        RegistryError(.unusableKeyFile, "the key file \(path) \(what)")
    }
}

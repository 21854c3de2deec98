import FoundationEssentials
import Glibc

/// Reading and writing the broker's small files, owner only and never half written.
enum StateFile {
    static func makeDirectory(_ path: String) throws(PrivateBrokerError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw unusable(path, "cannot be created", error)
        }
    }

    static func text(at path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    static func value<Value: Decodable>(_ type: Value.Type, at path: String) throws(PrivateBrokerError) -> Value? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch {
            throw unusable(path, "is damaged; delete it and start again", error)
        }
    }

    static func write(_ value: some Encodable, to path: String) throws(PrivateBrokerError) {
        let data: Data
        do {
            data = try JSONEncoder().encode(value)
        } catch {
            throw unusable(path, "cannot be encoded", error)
        }
        try write(data, to: path, mode: 0o600)
    }

    /// Writes beside the file, then renames: a crash leaves the old file or the new one.
    static func write(_ data: Data, to path: String, mode: mode_t) throws(PrivateBrokerError) {
        let draft = path + ".new"
        unlink(draft)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw unusable(path, "cannot be written", SystemFailure.last) }
        defer { close(descriptor) }
        let written = data.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        guard written == data.count, fsync(descriptor) == 0, rename(draft, path) == 0 else {
            let failure = SystemFailure.last
            unlink(draft)
            throw unusable(path, "cannot be written", failure)
        }
    }

    private static func unusable(_ path: String, _ what: String, _ cause: any Error) -> PrivateBrokerError {
        if let failure = cause as? SystemFailure, failure.number == ENOSPC {
            return PrivateBrokerError(.diskFull, "The disk is full: \(path) \(what). Free some space and start again.", cause: cause)
        }
        return PrivateBrokerError(
            .stateUnusable, "\(path) \(what). The state folder has to be on a local disk and writable by this user.", cause: cause)
    }
}

/// An `errno` with the system's words for it.
struct SystemFailure: Error, CustomStringConvertible {
    let number: Int32

    static var last: SystemFailure { SystemFailure(number: errno) }

    var description: String { String(cString: strerror(number)) }
}

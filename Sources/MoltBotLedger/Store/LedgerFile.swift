internal import Foundation
internal import GRDB
internal import Logging
internal import MoltBotCore
internal import Synchronization

/// The SQLite file of one node, open for one writer and several readers.
///
/// What is in it can be read again from the stream, so a file that is missing or damaged only costs time.
final class LedgerFile: Sendable {
    private static let readers = 4

    let path: String
    private let logger: Logger
    private let current: Mutex<DatabasePool>

    /// - Throws: ``LedgerError`` when the folder cannot be used; a damaged file is set aside.
    init(path: String, logger: Logger) throws(LedgerError) {
        self.path = path
        self.logger = logger
        do {
            try FileManager.default.createDirectory(
                atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path, withIntermediateDirectories: true)
        } catch {
            throw LedgerError(.unusable, "cannot create the folder of the ledger's file \(path): \(error)", cause: error)
        }
        if !FileManager.default.fileExists(atPath: path) {
            logger.notice("There is no ledger file yet; it is built from the ledger stream", metadata: ["moltbot.ledger.path": "\(path)"])
            // A log without its database would be taken for a part of the new one.
            Self.remove([path + "-wal", path + "-shm"])
        }
        do throws(LedgerError) {
            current = Mutex(try Self.open(path))
        } catch {
            guard error.code == .damaged else { throw error }
            Self.setAside(path, logger, error)
            current = Mutex(try Self.open(path))
        }
    }

    func read<Value: Sendable>(_ body: @Sendable (Database) throws -> Value) async throws(LedgerError) -> Value {
        let pool = current.withLock(\.self)
        do {
            return try await pool.read(body)
        } catch {
            throw LedgerError(error, path: path)
        }
    }

    func write<Value: Sendable>(_ body: @Sendable (Database) throws -> Value) async throws(LedgerError) -> Value {
        let pool = current.withLock(\.self)
        do {
            return try await pool.write(body)
        } catch {
            throw LedgerError(error, path: path)
        }
    }

    /// Begins with an empty file; the damaged one stays beside it for whoever wants to look.
    func replace(because error: LedgerError) throws(LedgerError) {
        do {
            try current.withLock { pool in
                // Readers under way keep it open; its name is free all the same.
                try? pool.close()
                Self.setAside(path, logger, error)
                pool = try Self.open(path)
            }
        } catch {
            throw LedgerError(error, path: path)
        }
    }

    private static func open(_ path: String) throws(LedgerError) -> DatabasePool {
        var configuration = Configuration()
        configuration.maximumReaderCount = readers
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            guard !db.configuration.readonly else { return }
            // Before the first table: later it would take a VACUUM. Retention gives room back in small steps.
            try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            // A power cut may take the last transactions, whole ones, with the offset in them: the stream has them still.
            try db.execute(sql: "PRAGMA synchronous = NORMAL")
            try db.execute(sql: "PRAGMA cache_size = -65536")
        }
        do {
            let pool = try DatabasePool(path: path, configuration: configuration)
            try LedgerSchema.migrator.migrate(pool)
            return pool
        } catch {
            throw LedgerError(error, path: path)
        }
    }

    private static func setAside(_ path: String, _ logger: Logger, _ error: LedgerError) {
        logger.error(
            "The ledger's file is damaged and is built again from the ledger stream; the old one is kept beside it",
            metadata: ["moltbot.ledger.path": "\(path)", "error": "\(error)"])
        // One is enough: a disk that damages files is not to be filled with them.
        remove([path + ".damaged", path + "-wal", path + "-shm"])
        try? FileManager.default.moveItem(atPath: path, toPath: path + ".damaged")
        remove([path])
    }

    private static func remove(_ paths: [String]) {
        for path in paths { try? FileManager.default.removeItem(atPath: path) }
    }
}

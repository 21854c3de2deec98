internal import GRDB

/// What went wrong with the ledger's file or with a wait for it.
package struct LedgerError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure. New kinds may be added: always handle `default`.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String, Sendable { case unusable, damaged, full, busy, behind, failed }

        private var value: Value
        private init(_ value: Value) { self.value = value }
        package var description: String { value.rawValue }

        /// The file or its folder cannot be created, read or written.
        package static let unusable = Code(.unusable)
        /// The file is no database, or a broken one. It is rebuilt from the stream.
        package static let damaged = Code(.damaged)
        /// The disk has no room.
        package static let full = Code(.full)
        /// More waits at once than this node takes.
        package static let busy = Code(.busy)
        /// The ledger has not come as far as was asked within the time given.
        package static let behind = Code(.behind)
        /// Everything else that SQLite reports.
        package static let failed = Code(.failed)
    }

    package let code: Code
    /// What happened and what to do about it.
    package let message: String
    package let cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { "\(code): \(message)" }

    /// True when the same call may succeed later without anybody's help.
    package var isRetriable: Bool { code == .busy || code == .behind || code == .full }
}

extension LedgerError {
    init(_ error: any Error, path: String) {
        switch error {
        case let error as LedgerError:
            self = error
        case let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT || error.resultCode == .SQLITE_NOTADB:
            self.init(.damaged, "the ledger's file \(path) is damaged: \(error)", cause: error)
        case let error as DatabaseError where error.resultCode == .SQLITE_FULL:
            self.init(
                .full, "no room on the disk for the ledger's file \(path); free some, or lower ledger.retention.max_bytes", cause: error)
        case let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN || error.resultCode == .SQLITE_READONLY:
            self.init(.unusable, "cannot open the ledger's file \(path): \(error); see to the folder's permissions", cause: error)
        default:
            self.init(.failed, "the ledger's file \(path): \(error)", cause: error)
        }
    }
}

import Foundation
import Logging
import MoltBotCore
import MoltBotMessaging

@testable import MoltBotLedger

/// A folder for a ledger's file that goes with the test.
struct LedgerFolder: Sendable {
    let path: String

    var file: String { path + "/ledger.sqlite" }

    func open(_ logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) throws -> LedgerStore {
        try LedgerStore(path: file, logger: logger)
    }
}

func withLedgerFolder<Result>(_ body: (LedgerFolder) async throws -> Result) async throws -> Result {
    let path = NSTemporaryDirectory() + "moltbot-ledger-" + UUIDText.version7()
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(LedgerFolder(path: path))
}

internal import GRDB
package import MoltBotCore

extension LedgerStore {
    /// Tasks that are counted: a lane is looked up in each row, and nobody reads numbers of this size to the last digit.
    package static let maximumWaitingCounted = 10_000

    /// The tasks that wait, by lane; of more than ``maximumWaitingCounted`` the newest. Lanes without any are not there.
    ///
    /// A queue of all lanes can't be asked for this: the broker knows its messages' priorities, and tells nobody.
    package func waiting(of workspace: Workspace) async throws(LedgerError) -> [Lane: Int] {
        try await file.read { db in
            let rows = try Row.fetchAll(
                try db.cachedStatement(
                    sql: """
                        SELECT lane, COUNT(*) FROM (SELECT lane FROM tasks WHERE workspace = ? AND status = ? \
                        ORDER BY created_at DESC LIMIT ?) GROUP BY lane
                        """), arguments: [workspace.name, TaskStatus.queued.rawValue, Self.maximumWaitingCounted])
            return rows.reduce(into: [:]) { counts, row in
                guard let lane = (row[0] as String?).flatMap({ Lane(rawValue: $0) }) else { return }
                counts[lane] = row[1]
            }
        }
    }
}

/// Where an API node keeps its ledger, and how much of it.
package struct LedgerSettings: Sendable {
    /// Of the database file.
    package let path: String
    package let retentionAge: Duration
    package let retentionBytes: Int

    private static let longestAge = Duration.seconds(10 * 365 * 86_400)

    init(_ reader: SettingsReader, stateDirectory: String) throws(SettingsError) {
        path = reader.text(.ledgerPath) ?? stateDirectory + "/ledger.sqlite"
        retentionAge = try reader.duration(.ledgerRetentionAge, in: .seconds(60)...Self.longestAge)
        retentionBytes = try reader.size(.ledgerRetentionBytes, in: (1 << 20)...(1 << 50))
    }
}

package import MoltBotCore

/// What is configured: the latest record of each entry.
package struct RegistryState: Sendable {
    struct Key: Sendable, Hashable {
        var kind: RegistryRecord.Kind
        var id: String

        init(_ kind: RegistryRecord.Kind, _ id: String) {
            self.kind = kind
            self.id = id
        }

        init(_ record: RegistryRecord) {
            self.init(record.kind, record.id)
        }
    }

    /// Entries that were removed are not among them.
    private var entries: [Key: RegistryRecord] = [:]

    init() {}

    /// The entry's record, whose value is never nil; nil when there is no such entry.
    package func record(_ kind: RegistryRecord.Kind, _ id: String) -> RegistryRecord? {
        entries[Key(kind, id)]
    }

    /// All entries of a kind, by their ids.
    package func records(of kind: RegistryRecord.Kind) -> [RegistryRecord] {
        entries.values.filter { $0.kind == kind }.sorted { $0.id < $1.id }
    }

    /// In no order.
    var all: some Collection<RegistryRecord> { entries.values }

    /// Sets the record's entry, or removes it where the record has no value.
    mutating func set(_ record: RegistryRecord) {
        entries[Key(record)] = record.value == nil ? nil : record
    }
}

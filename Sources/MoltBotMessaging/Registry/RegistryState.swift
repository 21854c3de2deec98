package import MoltBotCore

/// What is configured: the latest record of each entry, after a number of messages of the stream.
///
/// The stream has one order for all, and whether a record counts depends on those before it alone, so every reader comes to the
/// same state.
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
    private var entries: [Key: RegistryRevision] = [:]

    init() {}

    /// The entry's record, whose value is never nil; nil when there is no such entry.
    package func record(_ kind: RegistryRecord.Kind, _ id: String) -> RegistryRecord? {
        entries[Key(kind, id)]?.record
    }

    /// All entries of a kind, by their ids.
    package func records(of kind: RegistryRecord.Kind) -> [RegistryRecord] {
        entries.values.map(\.record).filter { $0.kind == kind }.sorted { $0.id < $1.id }
    }

    /// Names the present state of the entry that a record is about; nil when there is none.
    func revision(before record: RegistryRecord) -> String? { entries[Key(record)]?.id }

    /// Takes the next record of the stream.
    /// - Returns: whether it counts: one that replaces another state than the present one came too late.
    mutating func apply(_ revision: RegistryRevision) -> Bool {
        let key = Key(revision.record)
        if let replaced = revision.replaces, entries[key]?.id != replaced { return false }
        entries[key] = revision.record.value == nil ? nil : revision
        return true
    }

    /// The records that lead from `known` to this state, in the order of their times.
    func changes(since known: RegistryState) -> [RegistryRecord] {
        let set = entries.filter { known.entries[$0.key]?.id != $0.value.id }.map(\.value.record)
        let removed = known.entries.filter { entries[$0.key] == nil }.map { _, revision in
            var record = revision.record
            record.value = nil
            return record
        }
        return (set + removed).sorted { ($0.time, $0.id) < ($1.time, $1.id) }
    }
}

internal import MoltBotCore

/// The state that a number of messages of the stream lead to.
///
/// The stream has one order for all, and whether a record counts depends on those before it alone, so every reader comes to the
/// same state.
struct RegistryProjection {
    private(set) var state = RegistryState()
    private var revisions: [RegistryState.Key: String] = [:]

    /// The present state of the entry that a record is about.
    func base(of record: RegistryRecord) -> RegistryRevision.Base { revisions[RegistryState.Key(record)].map { .record($0) } ?? .nothing }

    /// Takes the next record of the stream.
    /// - Returns: whether it counts: one that was made for another state than the present one came too late.
    mutating func apply(_ revision: RegistryRevision) -> Bool {
        let key = RegistryState.Key(revision.record)
        guard revision.base == .anything || revision.base == base(of: revision.record) else { return false }
        revisions[key] = revision.record.value == nil ? nil : revision.id
        state.set(revision.record)
        return true
    }

    /// The records that lead from `known` to this projection, in the order of their times.
    func changes(since known: RegistryProjection) -> [RegistryRecord] {
        let set = state.all.filter { known.revisions[RegistryState.Key($0)] != revisions[RegistryState.Key($0)] }
        let removed = known.state.all.filter { revisions[RegistryState.Key($0)] == nil }.map { record in
            var record = record
            record.value = nil
            return record
        }
        return (set + removed).sorted { ($0.time, $0.id) < ($1.time, $1.id) }
    }
}

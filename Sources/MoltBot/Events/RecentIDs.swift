/// The ids that came last.
struct RecentIDs: Sendable {
    private let limit: Int
    private var ids: Set<String> = []
    /// In the order of arrival, as a ring.
    private var ring: [String] = []
    private var oldest = 0

    init(limit: Int) {
        self.limit = max(1, limit)
    }

    /// - Returns: whether the id is new.
    mutating func insert(_ id: String) -> Bool {
        guard ids.insert(id).inserted else { return false }
        if ring.count < limit {
            ring.append(id)
        } else {
            ids.remove(ring[oldest])
            ring[oldest] = id
            oldest = (oldest + 1) % limit
        }
        return true
    }
}

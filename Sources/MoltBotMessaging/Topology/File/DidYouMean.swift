/// Suggests the known word that a misspelt one is closest to.
enum DidYouMean {
    /// ` (did you mean 'bind'?)`, or nothing when no candidate is near.
    static func hint(for word: String, among candidates: some Sequence<String>) -> String {
        let limit = max(2, word.count / 4)
        let nearest = candidates.map { (candidate: $0, distance: distance(word, $0)) }
            .filter { $0.distance <= limit }
            .min { ($0.distance, $0.candidate) < ($1.distance, $1.candidate) }
        return nearest.map { " (did you mean '\($0.candidate)'?)" } ?? ""
    }

    /// The Levenshtein distance, row by row.
    private static func distance(_ first: String, _ second: String) -> Int {
        let second = Array(second)
        var row = Array(0...second.count)
        for (index, character) in first.enumerated() {
            var diagonal = index
            row[0] = index + 1
            for column in second.indices {
                let substitution = diagonal + (character == second[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(substitution, diagonal + 1, row[column] + 1)
            }
        }
        return row[second.count]
    }
}

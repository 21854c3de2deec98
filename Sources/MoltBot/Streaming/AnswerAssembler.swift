/// Puts the numbered pieces of an answer together, so that the pieces it gives since the last restart are, at the end, exactly the answer.
///
/// Pieces may get lost, and an attempt may fail in the middle of an answer, which then begins anew. The outcome has the whole text.
struct AnswerAssembler: Sendable {
    private var next = 1
    private var given = ""
    private var hasGap = false

    /// - Parameter number: counted from 1 in each attempt.
    /// - Returns: what to give to the reader; nil for a piece that came twice or after a gap.
    mutating func received(_ number: Int, _ text: String) -> MoltBot.Delta? {
        if number == 1, next > 1 || hasGap {
            defer { given = text }
            next = 2
            hasGap = false
            return MoltBot.Delta(text: text, isRestart: !given.isEmpty)
        }
        guard !hasGap, number == next else {
            hasGap = hasGap || number > next
            return nil
        }
        next += 1
        given += text
        return MoltBot.Delta(text: text, isRestart: false)
    }

    /// - Returns: what the reader does not have yet; nil when it has all.
    mutating func ended(with answer: String) -> MoltBot.Delta? {
        guard given != answer else { return nil }
        defer { given = answer }
        guard answer.utf8.starts(with: given.utf8),
            let end = answer.utf8.index(
                answer.startIndex, offsetBy: given.utf8.count, limitedBy: answer.endIndex)
        else { return MoltBot.Delta(text: answer, isRestart: true) }
        return MoltBot.Delta(text: String(answer[end...]), isRestart: false)
    }
}

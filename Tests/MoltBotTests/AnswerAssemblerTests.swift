import Testing

@testable import MoltBot

@Suite struct AnswerAssemblerTests {
    private typealias Delta = MoltBot.Delta
    private var assembler = AnswerAssembler()

    @Test mutating func piecesInOrderAreGivenAsTheyCome() {
        #expect(assembler.received(1, "one") == Delta(text: "one", isRestart: false))
        #expect(assembler.received(2, " two") == Delta(text: " two", isRestart: false))
        #expect(assembler.ended(with: "one two") == nil)
    }

    @Test mutating func lostPiecesComeWithTheOutcome() {
        _ = assembler.received(1, "one")
        #expect(assembler.received(3, " three") == nil)
        #expect(assembler.received(4, " four") == nil)
        #expect(assembler.ended(with: "one two three four") == Delta(text: " two three four", isRestart: false))
    }

    @Test mutating func aRepeatedPieceIsNotGivenTwice() {
        _ = assembler.received(1, "one")
        _ = assembler.received(2, " two")
        #expect(assembler.received(2, " two") == nil)
        #expect(assembler.received(3, " three") == Delta(text: " three", isRestart: false))
    }

    @Test mutating func anotherAttemptBeginsAnew() {
        _ = assembler.received(1, "half an ans")
        #expect(assembler.received(1, "a whole") == Delta(text: "a whole", isRestart: true))
        #expect(assembler.received(2, " answer") == Delta(text: " answer", isRestart: false))
        #expect(assembler.ended(with: "a whole answer") == nil)
    }

    @Test mutating func anAnswerThatDiffersFromItsPiecesReplacesThem() {
        _ = assembler.received(1, "half an ans")
        #expect(assembler.ended(with: "another answer") == Delta(text: "another answer", isRestart: true))
    }

    @Test mutating func withoutAnyPieceTheOutcomeIsAll() {
        #expect(assembler.received(2, "lost its first") == nil)
        #expect(assembler.ended(with: "Käse 🧀") == Delta(text: "Käse 🧀", isRestart: false))
    }

    @Test mutating func aCharacterMayBeSplitOverPieces() {
        _ = assembler.received(1, "e")
        #expect(assembler.ended(with: "e\u{301}!") == Delta(text: "\u{301}!", isRestart: false))
    }
}

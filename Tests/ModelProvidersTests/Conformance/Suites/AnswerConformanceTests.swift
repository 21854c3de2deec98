import ModelProviders
import MoltBotCore
import TestSupport
import Testing

@Suite("Answers of every provider")
struct AnswerConformanceTests {
    @Test("Whole answers come out in one form", arguments: ProviderContract.all)
    func whole(contract: ProviderContract) async throws {
        for expected in contract.answers {
            try await withServed(contract, .json(expected.body)) { provider, _ in
                try expected.verify(try await provider.complete(expected.call(stream: false), onDelta: nil))
            }
        }
    }

    @Test("A byte order mark before the answer does no harm", arguments: ProviderContract.all)
    func byteOrderMark(contract: ProviderContract) async throws {
        let expected = try #require(contract.answers.first)
        try await withServed(contract, .json("\u{FEFF}" + expected.body)) { provider, _ in
            try expected.verify(try await provider.complete(expected.call(stream: false), onDelta: nil))
        }
    }

    @Test("A service that ignores `stream` is understood all the same", arguments: ProviderContract.all)
    func unstreamed(contract: ProviderContract) async throws {
        let expected = try #require(contract.answers.first)
        let oneLine = expected.body.split(separator: "\n").joined()
        try await withServed(contract, .json(oneLine)) { provider, _ in
            let (answer, deltas) = try await provider.streamed(expected.call(stream: true))
            try expected.verify(answer)
            #expect(deltas.joined() == expected.text)
        }
    }

    @Test("Streams come out in the same form, sent character by character", arguments: ProviderContract.all)
    func streamed(contract: ProviderContract) async throws {
        for expected in contract.streams {
            try await withServed(contract, .replay(expected.body, of: contract, cutEverywhere: true)) { provider, _ in
                let (answer, deltas) = try await provider.streamed(expected.call(stream: true))
                try expected.verify(answer)
                #expect(deltas.joined() == expected.text ?? "")
                #expect(!deltas.contains(""))
            }
        }
    }

    @Test("The network may cut a stream at any byte", arguments: ProviderContract.all)
    func everyCut(contract: ProviderContract) throws {
        for expected in contract.streams {
            let stream = Array(expected.body.utf8)
            for cut in 0...stream.count {
                let (deltas, answer) = try contract.assemble([stream[..<cut], stream[cut...]], expected.call(stream: true))
                try expected.verify(answer)
                #expect(deltas.joined() == expected.text ?? "")
            }
            let (_, answer) = try contract.assemble(stream.indices.map { stream[$0...$0] }, expected.call(stream: true))
            try expected.verify(answer)
        }
    }

    @Test("Every line end, a byte order mark and a missing last line end do no harm", arguments: ProviderContract.all)
    func lineEnds(contract: ProviderContract) throws {
        for expected in contract.streams {
            let plain = expected.body.split(separator: "\r\n", omittingEmptySubsequences: false).joined(separator: "\n")
            let carriageReturns = plain.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
            var unended = plain
            while unended.hasSuffix("\n") { unended.removeLast() }
            for form in [plain, carriageReturns, "\u{FEFF}" + plain, unended] {
                let bytes = Array(form.utf8)
                let (_, answer) = try contract.assemble([bytes[...]], expected.call(stream: true))
                try expected.verify(answer)
            }
        }
    }
}

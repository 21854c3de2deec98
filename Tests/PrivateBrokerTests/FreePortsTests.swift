import Testing

@testable import PrivateBroker

@Suite struct FreePortsTests {
    @Test func handsAPortOutOnceOnly() {
        let picked = (0..<200).flatMap { _ in FreePorts.pick(2, for: .kept) }
        #expect(picked.count == 400)
        #expect(Set(picked).count == 400)
    }

    /// Also on a machine whose ephemeral ports begin low.
    @Test(arguments: [1024, 15_200, 16_000, 32_768, 60_000])
    func keepsThePortsOfARunApartFromTheKeptOnes(ephemeralStart: Int) {
        let kept = FreePorts.range(for: .kept, ephemeralStart: ephemeralStart)
        let run = FreePorts.range(for: .run, ephemeralStart: ephemeralStart)
        #expect(!kept.overlaps(run))
        #expect(kept.count >= 700 && run.count >= 200)
    }
}

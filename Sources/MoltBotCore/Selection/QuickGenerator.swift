/// Random numbers for choices that nobody has a reason to foresee: SplitMix64 (Steele, Lea, Flood 2014), seeded by the system.
///
/// The system's own generator is a call of the kernel for each number, which costs more than the choice.
package struct QuickGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init() {
        var system = SystemRandomNumberGenerator()
        state = system.next()
    }

    init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

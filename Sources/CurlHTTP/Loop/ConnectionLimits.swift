/// How many connections may be open at one time, idle ones included.
struct ConnectionLimits {
    let total: Int

    /// To one host and port; nil leaves only the total.
    let perHost: Int?

    var lowest: Int { min(total, perHost ?? total) }

    /// One of `count` parts that add up to the whole.
    func part(_ index: Int, of count: Int) -> ConnectionLimits {
        func part(of whole: Int) -> Int { whole / count + (index < whole % count ? 1 : 0) }
        return ConnectionLimits(total: part(of: total), perHost: perHost.map(part))
    }
}

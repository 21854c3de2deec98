internal import MoltBotCore

/// Which key a call gets, and when.
extension DeploymentPlace {
    /// The first usable key that was not tried.
    func key(at now: Instant, isExcluded: (Int) -> Bool) -> Int? {
        keys.indices.first { !isExcluded($0) && keys[$0].isUsable(at: now) }
    }

    /// The same, of those that may be called now by their limits; the first one when none may.
    func key(for needs: CallNeeds, at now: Instant, isExcluded: (Int) -> Bool) -> Int? {
        keys.indices.first { !isExcluded($0) && isFree($0, for: needs, at: now) } ?? key(at: now, isExcluded: isExcluded)
    }

    private func isFree(_ key: Int, for needs: CallNeeds, at now: Instant) -> Bool {
        keys[key].isUsable(at: now) && keys[key].hasFreePlace && keys[key].wait(tokens: needs.expected.total, at: now) == .zero
    }

    /// Whether one more call may be on its way.
    func hasFreePlace(at now: Instant) -> Bool {
        capacity?.hasFreePlace != false && keys.contains { $0.hasFreePlace && $0.isUsable(at: now) }
    }

    /// How long this call would have to wait for its turn here, places aside.
    func wait(_ needs: CallNeeds, at now: Instant) -> Duration {
        let hasSlot = needs.slot?.deployment == deployed.name
        let byLimits = capacity?.wait(needs, hasSlot: hasSlot, at: now) ?? .zero
        // Another worker has the part of a small limit that this one has not.
        guard keys.contains(where: { $0.isUsable(at: now) && $0.limiter.hasShare }) else {
            return max(byLimits, LimitedCapacity.pauseWithoutShare)
        }
        var byKeys: Duration?
        for key in keys where key.isUsable(at: now) && key.hasFreePlace {
            let wait = key.wait(tokens: needs.expected.total, at: now)
            byKeys = min(byKeys ?? wait, wait)
        }
        return max(byLimits, byKeys ?? .zero)
    }

    /// Whether it has been told of limits, or has some of its own.
    var isLimited: Bool { capacity != nil || keys.contains { $0.isWatched } }
}

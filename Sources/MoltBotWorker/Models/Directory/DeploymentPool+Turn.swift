internal import MoltBotCore

/// Where calls wait that no deployment can take now.
extension DeploymentPool {
    func isFull(_ position: Int, for needs: CallNeeds, at now: Instant) -> Bool {
        !places[position].hasFreePlace(at: now) || places[position].wait(needs, at: now) > .zero
    }

    /// Where a call that no deployment can take now is to wait: before the one that will be free first.
    mutating func turn(_ needs: CallNeeds, _ pool: ModelPool, at now: Instant) -> Choice? {
        var best: (position: Int, wait: Duration, isByPlace: Bool)?
        for position in places.indices where candidates[position].isAvailable(at: now) {
            var wait = places[position].wait(needs, at: now)
            var isByPlace = false
            if wait == .zero, !places[position].hasFreePlace(at: now) {
                wait = callLength(position, at: now)
                // Without one, only some of its keys are limited: those that are out now.
                if let capacity = places[position].capacity {
                    wait *= capacity.callsAhead(of: needs.lane)
                    isByPlace = true
                }
            }
            if wait < best?.wait ?? .seconds(86_400 * 365) { best = (position, wait, isByPlace) }
        }
        guard let best else { return nil }
        guard !best.isByPlace else {
            let ticket = LineTicket(place: places[best.position].id, in: pool)
            places[best.position].capacity?.join(ticket, lane: needs.lane)
            return .line(ticket)
        }
        let name = places[best.position].deployed.name
        // Whoever had a slot keeps it: it was only held up.
        if let slot = needs.slot, slot.deployment == name { return .wait(best.wait, slot) }
        // Where something else than its limits holds the call up nothing is promised.
        guard needs.outlasts(best.wait),
            places[best.position].capacity.map({ $0.wait(needs, hasSlot: false, at: now) >= best.wait }) ?? false,
            let wait = places[best.position].capacity?.reserve(needs, at: now)
        else { return .wait(best.wait, nil) }
        return .wait(wait, TimeSlot(deployment: name, time: .now() + wait, tokens: needs.expected.total))
    }

    /// What a call there usually takes.
    private func callLength(_ position: Int, at now: Instant) -> Duration {
        .milliseconds(max(candidates[position].latency.milliseconds(at: now) ?? 0, 10))
    }

    /// A ticket's holder waits no longer in the line.
    /// - Returns: when it is to look again.
    mutating func leave(_ ticket: LineTicket, place: Int, at now: Instant) -> Duration {
        guard let position = places.firstIndex(where: { $0.id == place }) else { return .zero }
        places[position].capacity?.leave(ticket)
        let length = callLength(position, at: now)
        return places[position].capacity?.reservePlace(callLength: length, at: now) ?? .zero
    }
}

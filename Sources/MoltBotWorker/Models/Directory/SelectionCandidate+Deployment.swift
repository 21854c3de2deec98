internal import MoltBotCore

extension SelectionCandidate {
    /// What the settings say of it.
    mutating func apply(_ deployed: DeployedModel, zone: String?) {
        weight = deployed.deployment.weight
        isInOwnZone = zone == nil || deployed.deployment.zone == nil || deployed.deployment.zone == zone
        price = deployed.prices?.tokenPrice
    }
}

/// Which addresses webhooks may be sent to: public ones, and networks the operator has listed.
///
/// Whoever registers an endpoint chooses an address that this machine then talks to (server-side request forgery), so the check that counts
/// is the one on the address being dialled.
package struct AddressPolicy: Sendable, Equatable {
    /// Networks that are allowed although they are not public. A cloud's metadata address must be listed by itself.
    package var allowedNetworks: [IPNetwork]

    package init(allowedNetworks: [IPNetwork] = []) {
        self.allowedNetworks = allowedNetworks
    }

    package func isAllowed(_ address: IPAddress) -> Bool {
        refusal(of: address) == nil
    }

    /// Why an address is not allowed, to follow it in a sentence: `loopback`; nil when it is allowed.
    package func refusal(of address: IPAddress) -> String? {
        let address = address.unmapped
        if let purpose = SpecialNetworks.purpose(of: address), !isListed(address) { return purpose }
        // A listed translator still must not lead where nobody may go.
        return address.translated.flatMap(refusal)
    }

    private func isListed(_ address: IPAddress) -> Bool {
        let mustBeAlone = SpecialNetworks.isMetadata(address)
        return allowedNetworks.contains { $0.contains(address) && ($0.isSingleAddress || !mustBeAlone) }
    }
}

package import MoltBotCore

/// The master keys of a node: the one that seals, and older ones that still open what they have sealed.
package struct MasterKeys: Sendable {
    package static let none = MasterKeys([])

    /// Nil when there is no key at all.
    package let current: MasterKey?
    private let byID: [String: MasterKey]

    /// - Parameter keys: the current one first.
    package init(_ keys: [MasterKey]) {
        current = keys.first
        byID = Dictionary(keys.map { ($0.id, $0) }) { first, _ in first }
    }

    /// Reads keys that are separated by commas, blanks or line breaks, the current one first.
    /// - Throws: ``RegistryError`` of code `invalidKey`, also when there is none.
    package init(_ text: SecretString) throws(RegistryError) {
        let texts = text.reveal().split { $0 == "," || $0.isWhitespace }
        var keys: [MasterKey] = []
        for text in texts { keys.append(try MasterKey(SecretString(String(text)))) }
        if keys.isEmpty { keys.append(try MasterKey(SecretString(""))) }
        self.init(keys)
    }

    /// In the order of the alphabet.
    package var ids: [String] { byID.keys.sorted() }

    package subscript(id: String) -> MasterKey? { byID[id] }
}

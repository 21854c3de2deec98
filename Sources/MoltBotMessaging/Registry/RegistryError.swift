/// Why a secret or an entry of the registry can't be written or read.
package struct RegistryError: Error, Sendable {
    /// The kind of failure. More kinds may be added, so a `switch` over it needs a default.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String {
            case invalidKey, unusableKeyFile, noKey, unknownKey, damagedSecret, invalidEntry, unknownEntry, foreignEntry
        }

        private let value: Value

        /// The text is no master key.
        package static let invalidKey = Code(value: .invalidKey)
        /// The key file can't be read or written, or others can read it.
        package static let unusableKeyFile = Code(value: .unusableKeyFile)
        /// There is no master key to seal with.
        package static let noKey = Code(value: .noKey)
        /// The secret was sealed with a master key that is not here.
        package static let unknownKey = Code(value: .unknownKey)
        /// The sealed text was changed, or copied from another entry.
        package static let damagedSecret = Code(value: .damagedSecret)
        /// An entry's value breaks the contract.
        package static let invalidEntry = Code(value: .invalidEntry)
        /// There is no such entry.
        package static let unknownEntry = Code(value: .unknownEntry)
        /// The entry belongs to another workspace.
        package static let foreignEntry = Code(value: .foreignEntry)

        package var description: String { value.rawValue }
    }

    package let code: Code
    /// What is wrong and what to do, without secrets.
    package let message: String
    package let cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// Never: somebody has to put a key or an entry right.
    package var isRetriable: Bool { false }
}

extension RegistryError: CustomStringConvertible {
    package var description: String { message }
}

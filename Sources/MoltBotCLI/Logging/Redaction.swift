import Logging

/// Keeps secrets out of the log, whoever put them into a message.
enum Redaction {
    private static let mark = "***"
    private static let secretWords = ["password", "secret", "token", "api_key", "apikey", "authorization", "cookie"]

    /// Values under a telling name are replaced, URLs lose user and password.
    static func applied(to metadata: Logger.Metadata) -> Logger.Metadata {
        Dictionary(
            uniqueKeysWithValues: metadata.map { key, value in
                let name = key.lowercased()
                return (key, secretWords.contains { name.hasSuffix($0) } ? .string(mark) : applied(to: value))
            })
    }

    /// `scheme://user:password@host` becomes `scheme://***@host`.
    static func applied(to text: String) -> String {
        guard text.contains("://") else { return text }
        return text.replacing(/:\/\/[^\/\s@]+@/, with: "://\(mark)@")
    }

    private static func applied(to value: Logger.MetadataValue) -> Logger.MetadataValue {
        switch value {
        case .string(let text): .string(applied(to: text))
        case .stringConvertible(let value): .string(applied(to: "\(value)"))
        case .array(let values): .array(values.map { applied(to: $0) })
        case .dictionary(let values): .dictionary(applied(to: values))
        }
    }
}

/// Where the API listens and whom it lets in.
package struct APISettings: Sendable {
    package let host: String
    /// 0 lets the system choose one.
    package let port: Int
    /// Web pages that may use it.
    package let allowedOrigins: [String]
    package let maximumBodyBytes: Int
    package let maximumUnconfirmed: Int
    /// A file with a JSON Web Key Set, or its address.
    package let tokenKeys: String?
    package let tokenIssuer: String?
    package let tokenAudience: String?

    init(_ reader: SettingsReader) throws(SettingsError) {
        host = reader.text(.apiHost) ?? "127.0.0.1"
        port = try reader.wholeNumber(.apiPort, in: 0...65_535)
        allowedOrigins = reader.text(.apiAllowedOrigins) == nil ? [] : try reader.list(.apiAllowedOrigins)
        maximumBodyBytes = try reader.size(.apiMaximumBodyBytes, in: 1024...(128 << 20))
        maximumUnconfirmed = try reader.wholeNumber(.apiMaximumUnconfirmed, in: 1...1_000_000)
        tokenKeys = reader.text(.apiTokenKeys)
        tokenIssuer = reader.text(.apiTokenIssuer)
        tokenAudience = reader.text(.apiTokenAudience)
    }
}

import FoundationEssentials
import TestSupport

/// Certificates of a private authority, made by `openssl` for one test.
struct Certificates {
    let authority: String
    let otherAuthority: String
    let server: (certificate: String, key: String)
    let client: (certificate: String, key: String)
    private let folder: String

    /// - Parameter clientName: the common name of the client's certificate, its user name for EXTERNAL.
    init(clientName: String) async throws {
        folder = try await TestRun.makeDirectory("certificates")
        authority = try await Self.makeAuthority("authority", in: folder)
        otherAuthority = try await Self.makeAuthority("other", in: folder)
        server = try await Self.makeLeaf("server", name: "localhost", alternative: "DNS:localhost", in: folder)
        client = try await Self.makeLeaf("client", name: clientName, alternative: "DNS:client.test", in: folder)
    }

    private static func makeAuthority(_ file: String, in folder: String) async throws -> String {
        try await openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=\(file)",
            "-keyout", "\(folder)/\(file).key", "-out", "\(folder)/\(file).pem",
        ])
        return "\(folder)/\(file).pem"
    }

    private static func makeLeaf(
        _ file: String, name: String, alternative: String, in folder: String
    ) async throws -> (certificate: String, key: String) {
        let path = "\(folder)/\(file)"
        try await openssl([
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)",
            "-addext", "subjectAltName=\(alternative)", "-keyout", "\(path).key", "-out", "\(path).csr",
        ])
        try await openssl([
            "x509", "-req", "-in", "\(path).csr", "-CA", "\(folder)/authority.pem", "-CAkey", "\(folder)/authority.key", "-CAcreateserial",
            "-days", "2", "-copy_extensions", "copy", "-out", "\(path).pem",
        ])
        return ("\(path).pem", "\(path).key")
    }

    private static func openssl(_ arguments: [String]) async throws {
        let result = try await runToEnd("openssl", arguments)
        guard result.exit == .code(0) else { throw OpenSSLFailure(output: result.errorOutput) }
    }

    private struct OpenSSLFailure: Error {
        var output: String
    }
}

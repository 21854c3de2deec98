internal import NIOSSL

/// TLS towards a broker. Files are PEM.
public struct AMQPTLS: Sendable, Hashable {
    /// Authorities to trust instead of the system's.
    public var caFile: String?
    /// This client's own certificate chain, for brokers that ask for one.
    public var certificateFile: String?
    public var keyFile: String?
    /// False accepts any certificate: for experiments only.
    public var verifiesPeer: Bool
    /// The name to ask for and to check instead of the host's.
    public var serverName: String?

    public init(
        caFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil, verifiesPeer: Bool = true, serverName: String? = nil
    ) {
        self.caFile = caFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.verifiesPeer = verifiesPeer
        self.serverName = serverName
    }

    /// Reads the files. Call it off the event loop.
    func makeContext() throws(AMQPError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.certificateVerification = verifiesPeer ? .fullVerification : .none
        if let caFile { configuration.trustRoots = .file(caFile) }
        do {
            if let certificateFile {
                configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(certificateFile).map { .certificate($0) }
            }
            if let keyFile { configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: keyFile, format: .pem)) }
            return try NIOSSLContext(configuration: configuration)
        } catch {
            let files = [caFile, certificateFile, keyFile].compactMap { $0 }.joined(separator: ", ")
            throw AMQPError(.tls, "cannot use the TLS files \(files): \(error); they must be readable PEM", cause: error)
        }
    }
}

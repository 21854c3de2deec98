import Foundation
import Subprocess
import TestSupport

/// A private nginx on free loopback ports, with a certificate only its own file vouches for. Its files and its process are gone when
/// the test's closure returns.
struct NginxServer: Sendable {
    /// HTTP/2 and HTTP/1.1 over TLS.
    let secureURL: String
    /// HTTP/2 without TLS (h2c).
    let plainURL: String
    let certificateFile: String

    private struct DidNotStart: Error {
        let log: [String]
    }

    static func with(_ test: (NginxServer) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "curl-http-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await makeCertificate(in: folder)
        let securePort = try unusedPort()
        let plainPort = try unusedPort()
        try configuration(securePort: securePort, plainPort: plainPort)
            .write(to: folder.appending(path: "nginx.conf"), atomically: true, encoding: .utf8)
        let server = NginxServer(
            secureURL: "https://127.0.0.1:\(securePort)", plainURL: "http://127.0.0.1:\(plainPort)",
            certificateFile: folder.appending(path: "certificate.pem").path)

        _ = try await run(
            .name("nginx"), arguments: ["-p", folder.path + "/", "-c", "nginx.conf", "-e", "stderr"],
            // Where Debian puts it is not on everyone's path.
            environment: .inherit.updating(["PATH": "/usr/sbin:/usr/bin:/bin"]),
            input: .none, output: .discarded, error: .sequence
        ) { nginx in
            var log: [String] = []
            for try await line in nginx.standardError.strings() {
                log.append(line)
                // Logged after the listening sockets are open.
                guard line.contains("OS: ") else { continue }
                do {
                    try await test(server)
                } catch {
                    try nginx.send(signal: .terminate)
                    throw error
                }
                try nginx.send(signal: .terminate)
                return
            }
            throw DidNotStart(log: log)
        }
    }

    private static func makeCertificate(in folder: URL) async throws {
        let result = try await run(
            .name("openssl"),
            arguments: [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
                "-subj", "/CN=curl-http tests", "-addext", "subjectAltName=IP:127.0.0.1",
                "-keyout", folder.appending(path: "key.pem").path, "-out", folder.appending(path: "certificate.pem").path,
            ],
            output: .discarded, error: .string(limit: 65_536))
        guard result.terminationStatus.isSuccess else { throw DidNotStart(log: [result.standardError]) }
    }

    private static func configuration(securePort: Int, plainPort: Int) -> String {
        """
        daemon off; master_process off; pid nginx.pid; error_log stderr notice;
        events { worker_connections 512; }
        http {
          access_log off; default_type text/plain;
          client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
          server {
            listen 127.0.0.1:\(securePort) ssl http2;
            ssl_certificate certificate.pem; ssl_certificate_key key.pem;
            location / { return 200 "$server_protocol $connection"; }
          }
          server {
            listen 127.0.0.1:\(plainPort) http2;
            location / { return 200 "$server_protocol $connection"; }
          }
        }
        """
    }
}

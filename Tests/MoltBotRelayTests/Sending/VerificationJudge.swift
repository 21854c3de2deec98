import TestSupport

/// A web server in Python that verifies requests with other people's code. It answers 200, or 400 with the reason.
struct VerificationJudge: Sendable {
    private static let program = """
        import base64, os, ssl, sys
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from openai import OpenAI
        from standardwebhooks.webhooks import Webhook

        SECRET, PUBLIC, CERTIFICATE, KEY = sys.argv[1:5]

        def standardwebhooks(body, headers):
            return Webhook(SECRET).verify(body, headers)["data"]["result"]

        def openai(body, headers):
            return OpenAI(api_key="none", webhook_secret=SECRET).webhooks.unwrap(body, headers).type

        def ed25519(body, headers):
            key = Ed25519PublicKey.from_public_bytes(base64.b64decode(PUBLIC.removeprefix("whpk_")))
            signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
            given = [item for item in headers["webhook-signature"].split(" ") if item.startswith("v1a,")]
            key.verify(base64.b64decode(given[0][4:]), signed)
            return "verified"

        class Judge(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                try:
                    status, text = 200, {"/standardwebhooks": standardwebhooks, "/openai": openai, "/ed25519": ed25519}[self.path](body, headers)
                except Exception as error:
                    status, text = 400, repr(error)
                answer = text.encode()
                self.send_response(status)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Judge)
        if CERTIFICATE:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE, KEY)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        print("port", server.server_port, flush=True)
        server.serve_forever()
        """

    let url: String

    /// - Parameters:
    ///   - secret: what `standardwebhooks` and `openai` verify with.
    ///   - publicKey: what `cryptography` verifies with.
    ///   - certificate: a PEM file, and its key's; the judge then speaks https.
    static func with<Result>(
        secret: String = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", publicKey: String = "", certificate: (file: String, key: String)? = nil,
        _ test: (VerificationJudge) async throws -> Result
    ) async throws -> Result {
        let python = try await PythonEnvironment.interpreter()
        let arguments = ["-c", program, secret, publicKey, certificate?.file ?? "", certificate?.key ?? ""]
        return try await withChildProcess(python, arguments) { child in
            let line = try await child.output.first("the judge's port", within: .seconds(60)) { $0.hasPrefix("port ") }
            return try await test(
                VerificationJudge(url: "\(certificate == nil ? "http" : "https")://127.0.0.1:\(line.dropFirst("port ".count))"))
        }
    }
}

internal import HTTPTypes
internal import Hummingbird
internal import MoltBotCore
internal import NIOCore

/// What is the same for everybody: the description of the API, and the dashboard.
struct DocumentEndpoints: EndpointGroup {
    /// Scripts and styles of this server and nothing else; no other page may frame it (<https://www.w3.org/TR/CSP3/>).
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'"

    var endpoints: [Endpoint] {
        [
            Self.document("/openapi.json", "application/json", PackageResources.openapi_json),
            Self.document("/", "text/html; charset=utf-8", PackageResources.dashboard_html),
            Self.document("/dashboard.css", "text/css; charset=utf-8", PackageResources.dashboard_css),
            Self.document("/dashboard.js", "text/javascript; charset=utf-8", PackageResources.dashboard_js),
        ]
    }

    private static func document(_ path: String, _ type: String, _ bytes: [UInt8]) -> Endpoint {
        let body = ByteBuffer(bytes: bytes)
        return Endpoint(.get, path, nil) { _, _ in
            let headers: HTTPFields = [
                .contentType: type, .cacheControl: "no-cache", .contentSecurityPolicy: policy, .referrerPolicy: "no-referrer",
            ]
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
        }
    }
}

/// A URL as it may be shown in errors and logs: `scheme://host:port/path`. User info, query and fragment often hold secrets.
struct RedactedURL: CustomStringConvertible {
    let description: String

    init(_ url: String) {
        guard let separator = url.firstRange(of: "://") else {
            // Without a scheme there is no telling which part is a secret.
            description = "(not an absolute URL)"
            return
        }
        let rest = url[separator.upperBound...].prefix { $0 != "?" && $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "\\" }
        let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        let path = rest[authority.endIndex...]
        // A path may not hold user info, but a broken URL may: `http:///user:secret@host`.
        description = "\(url[..<separator.lowerBound])://\(host)\(path.contains("@") ? "/..." : path)"
    }
}

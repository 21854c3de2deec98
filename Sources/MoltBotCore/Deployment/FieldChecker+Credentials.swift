/// How a deployment and the credentials file state keys.
extension FieldChecker {
    private static let noKey = "none"
    /// What every sealed text of the registry begins with.
    private static let sealPrefix = "sealed:v1:"

    /// - `api_key`: a key, also a sealed one, or `{"env": "NAME"}`; or several of them.
    /// - `auth`: names in the credentials file, or `none`.
    /// - `credentials`: objects as in the credentials file, each with its name.
    mutating func credentials(_ field: String, _ value: JSONValue) -> [DeploymentCredential] {
        let isList = value.arrayValue != nil
        let values = value.arrayValue ?? [value]
        return values.enumerated().compactMap { index, value in
            let path = isList ? "\(field)[\(index)]" : field
            switch field {
            case "api_key":
                let name = index == 0 ? "key" : "key-\(index + 1)"
                return secret(value, path).map { DeploymentCredential(name: name, kind: .apiKey($0)) }
            case "auth":
                if value.stringValue == Self.noKey { return nil }
                return string(value, path, maximumLength: 100).map { DeploymentCredential(name: $0, kind: .named) }
            default:
                guard let name = string(value["name"] ?? .null, "\(path).name", maximumLength: 100) else { return nil }
                return credential(value, named: name, path)
            }
        }
    }

    /// `{"api_key": ...}` or `{"token_url": ..., "client_id": ..., "client_secret": ..., "scopes": [...]}`, each with `limits` if there are.
    mutating func credential(_ value: JSONValue, named name: String, _ path: String) -> DeploymentCredential? {
        guard let members = object(value, path) else { return nil }
        let limits = members["limits"].map { self.limits($0, "\(path).limits") } ?? RateLimits()
        if let key = members["api_key"] {
            let known = ["name", "api_key", "limits"]
            for other in members.keys where !known.contains(other) { unknown(other, in: path, known: known) }
            return secret(key, "\(path).api_key").map { DeploymentCredential(name: name, kind: .apiKey($0), limits: limits) }
        }
        let known = ["name", "token_url", "client_id", "client_secret", "scopes", "limits"]
        for other in members.keys where !known.contains(other) { unknown(other, in: path, known: ["api_key"] + known) }
        guard members["token_url"] != nil else {
            reject(path, "give \"api_key\", or \"token_url\", \"client_id\" and \"client_secret\" for OAuth2")
            return nil
        }
        let tokenURL = baseURL(members["token_url"] ?? .null, "\(path).token_url")
        let clientID = string(members["client_id"] ?? .null, "\(path).client_id")
        let clientSecret = secret(members["client_secret"] ?? .null, "\(path).client_secret")
        let scopes = (members["scopes"].flatMap { array($0, "\(path).scopes", of: "scopes", maximum: 100) } ?? []).compactMap(\.stringValue)
        guard let tokenURL, let clientID, let clientSecret else { return nil }
        let client = OAuth2Client(tokenURL: tokenURL, clientID: clientID, clientSecret: clientSecret, scopes: scopes)
        return DeploymentCredential(name: name, kind: .oauth2(client), limits: limits)
    }

    /// Nothing that was given is shown in a problem: it may be a key in the wrong place.
    private mutating func secret(_ value: JSONValue, _ path: String) -> SecretSource? {
        switch value {
        case .string(let text) where !text.isEmpty && text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }):
            return text.hasPrefix(Self.sealPrefix) ? .sealed(text) : .plain(SecretString(text))
        case .object(let members) where members.count == 1:
            if let name = members["env"]?.stringValue, !name.isEmpty { return .environment(name) }
        default: break
        }
        reject(path, "expected a key without spaces, or {\"env\": \"VARIABLE\"}")
        return nil
    }
}

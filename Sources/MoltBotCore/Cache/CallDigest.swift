internal import Crypto

/// What makes two calls the same: SHA-256 over workspace, model and request in canonical JSON.
///
/// The workspace is part of it, so that no tenant sees another's answers.
package struct CallDigest: Sendable, Hashable {
    private let digest: SHA256.Digest

    /// - Parameter model: as the task names it: which deployment answers makes no difference.
    package init(workspace: Workspace, model: String, content: TaskRequest.Content, parameters: TaskParameters) {
        let (name, value): (String, JSONValue) =
            switch content {
            // A prompt is a single user message, and costs the same.
            case .prompt(let text): ("messages", [["role": "user", "content": .string(text)]])
            case .messages(let messages): ("messages", .array(messages))
            case .input(let input): ("input", input)
            }
        let request: JSONValue = .object([
            "workspace": .string(workspace.name), "model": .string(model), name: value, "parameters": .object(parameters.fields),
        ])
        digest = SHA256.hash(data: request.canonicalBytes)
    }
}

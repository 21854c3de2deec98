internal import AMQP
internal import HTTPTypes
internal import Hummingbird
internal import MoltBotCore
internal import MoltBotMessaging

/// `/webhooks`.
struct WebhookEndpoints: EndpointGroup {
    private static let secretsAreRepeated = Duration.seconds(24 * 3600)

    let register: WebhookRegister
    let configuration: APIConfiguration

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/webhooks", .read) { request, context in
                _ = try Query(request, known: [])
                let all = try await Problem.catching { try await register(context).all().endpoints }
                return .json { writer in
                    writer.beginObject()
                    writer.name("webhooks")
                    writer.beginArray()
                    for endpoint in all { writer.webhook(endpoint) }
                    writer.endArray()
                    writer.endObject()
                }
            },
            Endpoint(.post, "/webhooks", .admin) { request, context in try await add(request, context) },
            Endpoint(.get, "/webhooks/{id}", .read) { request, context in
                let id = try context.parameter("id")
                let (endpoint, waiting) = try await Problem.catching {
                    let register = register(context)
                    return (try await register.endpoint(id), try await register.waiting(id))
                }
                return .json { $0.webhook(endpoint, waiting: waiting) }
            },
            Endpoint(.patch, "/webhooks/{id}", .admin) { request, context in
                let id = try context.parameter("id")
                let draft = try WebhookDraft(try await request.json(configuration))
                let endpoint = try await Problem.catching { try await register(context).change(id) { draft.apply(to: &$0) } }
                return .json { $0.webhook(endpoint) }
            },
            Endpoint(.delete, "/webhooks/{id}", .admin) { _, context in
                let id = try context.parameter("id")
                try await Problem.catching { _ = try await register(context).remove(id) }
                return Response(status: .noContent)
            },
        ]
    }

    private func register(_ context: APIContext) -> WebhookRegister { register.of(context.caller.workspace) }

    /// The answer is the only one that shows a secret, and only one that was made here; repeated with its `Idempotency-Key`, for a day.
    private func add(_ request: Request, _ context: APIContext) async throws -> Response {
        let key = try IdempotencyKey(request.headers)
        let document = try await request.json(configuration)
        let draft = try WebhookDraft(document)
        guard let url = draft.url else { throw WebhookDraft.invalid([FieldProblem(path: "url", message: "is needed: an https URL")]) }
        let made = draft.secret == nil ? WebhookSecret.generate(.hmac) : nil
        let workspace = context.caller.workspace
        var endpoint = WebhookEndpoint(
            id: key?.endpointID(in: workspace, for: document) ?? WebhookEndpoint.makeID(), workspace: workspace, url: url,
            eventTypes: TaskEventType.terminal.compactMap { EventPattern($0.rawValue) }, secrets: [draft.secret, made].compactMap(\.self),
            createdAt: .now())
        draft.apply(to: &endpoint)
        let complete = endpoint
        let known = try await Problem.catching { try await register(context).add(complete) }
        var headers: HTTPFields = [.location: "/webhooks/" + endpoint.id]
        if known != nil { headers[.idempotentReplayed] = "true" }
        let secret = known.map { made == nil ? nil : Self.secretOnceMore($0) } ?? made
        return .json(.created, headers: headers) { $0.webhook(known ?? complete, secret: secret) }
    }

    /// The secret that was made for an endpoint, for a client that did not get the answer; nil when it is too late, or was replaced.
    private static func secretOnceMore(_ endpoint: WebhookEndpoint) -> WebhookSecret? {
        guard Timestamp.now() < endpoint.createdAt + secretsAreRepeated, endpoint.secrets.count == 1 else { return nil }
        return endpoint.secrets.first
    }
}

extension Problem {
    /// Runs something that works on the registry, and says its errors as problems.
    static func catching<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as InvalidWebhook {
            throw WebhookDraft.invalid([error.problem])
        } catch let error as RegistryError where error.code == .unknownEntry {
            throw Problem(
                .notFound, "not-found", "Not found", "There is \(error.message).",
                remedy: "Look at what there is with GET, and make sure that the key belongs to the workspace you mean.")
        } catch let error as RegistryError {
            throw Problem(.serviceUnavailable, "registry-key", "The registry's secrets can't be handled here", error.message)
                .retry(afterSeconds: 60)
        } catch let error as AMQPError {
            let detail =
                switch error.code {
                case .outcomeUnknown: "It is not known whether it was changed; look before you repeat it."
                default: error.isRetriable ? "Nothing was changed." : error.message
                }
            throw Problem(.serviceUnavailable, "broker-away", "The broker is away", detail).retry(afterSeconds: 2)
        } catch let error as TopologyError where error.code == .brokerFailed && error.isRetriable {
            throw Problem(.serviceUnavailable, "broker-away", "The broker is away", "Nothing was changed: \(error.message)")
                .retry(afterSeconds: 2)
        } catch let error as TopologyError {
            throw Problem(.serviceUnavailable, "broker-not-prepared", "The broker is not prepared for this", error.message)
                .retry(afterSeconds: 60)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func webhook(_ endpoint: WebhookEndpoint, waiting: Int? = nil, secret: WebhookSecret? = nil) {
        beginObject()
        members(of: endpoint)
        if let waiting { member("waiting", waiting) }
        if let secret { member("secret", secret.text.reveal()) }
        endObject()
    }
}

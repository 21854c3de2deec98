internal import HTTPTypes
internal import Hummingbird
internal import MoltBotCore
internal import MoltBotLedger
internal import MoltBotMessaging

/// `/models`: the deployments in the registry. Workers take up a change at once.
struct ModelEndpoints: EndpointGroup {
    let models: ModelStore
    let ledger: LedgerStore
    let configuration: APIConfiguration

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/models", .read) { request, context in
                _ = try Query(request, known: [])
                return try await list(context)
            },
            Endpoint(.post, "/models", .admin) { request, context in
                let document = try await request.json(configuration)
                let (entry, isNew) = try await Self.catching {
                    let entry = try DeploymentEntry(document, workspace: context.caller.workspace)
                    return (entry, try await store(context).put(entry))
                }
                let location = "/models/" + PercentEncoding.encode(entry.deployment.name)
                return .json(isNew ? .created : .ok, headers: [.location: location]) { $0.model(entry, nil) }
            },
            Endpoint(.get, "/models/{name}", .read) { request, context in
                _ = try Query(request, known: [])
                let name = try context.parameter("name")
                let entry = try await Self.catching { try await store(context).model(name) }
                return .json { $0.model(entry, nil) }
            },
            Endpoint(.patch, "/models/{name}", .admin) { request, context in
                let name = try context.parameter("name")
                let document = try await request.json(configuration)
                guard let members = document.objectValue, members["name"] == nil else {
                    throw Self.invalid([FieldProblem(path: "name", message: "expected an object with the members to change; a name stays")])
                }
                let entry = try await Self.catching { try await store(context).change(name, members) }
                return .json { $0.model(entry, nil) }
            },
            Endpoint(.delete, "/models/{name}", .admin) { _, context in
                let name = try context.parameter("name")
                try await Self.catching { try await store(context).remove(name) }
                return Response(status: .noContent)
            },
        ]
    }

    private func store(_ context: APIContext) -> ModelStore { models.of(context.caller.workspace) }

    private func list(_ context: APIContext) async throws -> Response {
        let entries = try await Self.catching { try await store(context).all() }
        let statistics: LedgerStatistics
        do {
            statistics = try await ledger.statistics(of: context.caller.workspace, minutesSince: .now())
        } catch {
            throw Problem(error)
        }
        return .json { writer in
            writer.beginObject()
            writer.name("models")
            writer.beginArray()
            for entry in entries { writer.model(entry, statistics.models[entry.deployment.model]) }
            writer.endArray()
            writer.endObject()
        }
    }

    private static func catching<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await Problem.catching(body)
        } catch let error as InvalidDeployment {
            throw invalid(error.problems)
        }
    }

    private static func invalid(_ fields: [FieldProblem]) -> Problem {
        .invalid("invalid-model", "The model can't be registered", fields: fields)
    }
}

extension JSONWriter {
    /// - Parameter sums: of the model's tasks; nil leaves them out.
    fileprivate mutating func model(_ entry: DeploymentEntry, _ sums: LedgerStatistics.Model?) {
        beginObject()
        var members = entry.publicValue.objectValue ?? [:]
        members["name"] = .string(entry.deployment.name)
        members["model"] = .string(entry.deployment.model)
        members["provider"] = .string(entry.deployment.provider.name)
        members["weight"] = .number(entry.deployment.weight)
        members["workspace"] = .string(entry.workspace.name)
        members["available"] = .bool(entry.deployment.isEnabled)
        if let sums {
            let (completed, failed) = (sums.counts[.completed] ?? 0, sums.counts[.failed] ?? 0)
            members["success_rate"] = completed + failed == 0 ? .null : .number(Double(completed) / Double(completed + failed))
            members["cost_usd"] = sums.costs.sum(of: completed).map { .number($0) } ?? .null
            members["unpriced_tasks"] = .number(Double(sums.costs.unpricedTasks))
        }
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            self.name(anyOf: name)
            self.value(value)
        }
        endObject()
    }
}

package import CurlHTTP
internal import ModelProviders
package import MoltBotCore

/// One real call of one deployment, to see whether it answers.
package struct DeploymentTrial: Sendable {
    package struct Answer: Sendable {
        package let text: String
        package let usage: Usage?
        /// US dollars; nil when unknown.
        package let cost: Double?
        package let duration: Duration
    }

    private static let question = "Answer with the word OK."
    private static let longestAnswer = 16

    private let deployed: DeployedModel

    /// - Throws: ``ModelError`` of kind `invalidRequest` when the deployment's address is none.
    package init(_ deployment: Deployment, _ configuration: ModelConfiguration, client: HTTPClient) throws(ModelError) {
        deployed = try DeploymentFactory(configuration, client).deployed(deployment)
    }

    package var keys: [String?] { deployed.keys.map(\.name) }

    /// - Parameter key: position of the key.
    package func run(key: Int, timeout: Duration) async throws(ModelError) -> Answer {
        let start = ContinuousClock.now
        let call = ModelCall(
            model: deployed.deployment.providerModel, content: .prompt(Self.question),
            parameters: TaskParameters(["max_tokens": .integer(Int64(Self.longestAnswer))]),
            authorization: try await deployed.keys[key].authorization(), timeout: timeout)
        let answer = try await deployed.provider.complete(call, onDelta: nil)
        return Answer(
            text: answer.text ?? "", usage: answer.usage, cost: answer.usage.flatMap { deployed.prices?.cost(of: $0) },
            duration: .now - start)
    }
}

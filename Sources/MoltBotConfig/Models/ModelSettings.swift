package import MoltBotCore

/// Which models there are and how to reach them.
package struct ModelSettings: Sendable {
    /// An API that speaks OpenAI's protocol.
    package struct OpenAI: Sendable {
        package let baseURL: String
        package let apiKey: SecretString?
    }

    /// What happens when a call fails.
    package struct Failover: Sendable, Equatable {
        package let isEnabled: Bool
        /// Between a failed call and the one at another deployment or model.
        package let retryInterval: Duration
    }

    /// The model of tasks that name none.
    package let defaultModel: String?
    /// Those of the settings file; more are in the registry.
    package let deployments: [Deployment]
    /// For tasks that name none.
    package let strategy: TaskRequest.Strategy
    /// Where this process is; nil when that makes no difference.
    package let zone: String?
    package let failover: Failover
    /// What the tasks of a workspace may ask of all models together.
    package let workspaceLimits: [Workspace: RateLimits]
    /// How long an answer may be used again, by tasks that ask for it and do not say how long.
    package let cacheLifetime: Duration
    package let cacheBytes: Int
    /// Nil when neither a key nor an address is given.
    package let openAI: OpenAI?
    package let echoDelay: Duration
    /// 0 to 1.
    package let echoFailureRate: Double
    private let credentialFile: CredentialFile
    private let priceFile: String?

    init(_ reader: SettingsReader) throws(SettingsError) {
        defaultModel = reader.text(.modelDefault)
        deployments = try reader.deployments()
        strategy = try reader.choice(.modelStrategy)
        zone = reader.text(.modelZone)
        failover = Failover(
            isEnabled: try reader.flag(.modelFailoverEnabled),
            retryInterval: try reader.milliseconds(.modelFailoverInterval, in: .zero ... .seconds(60)))
        workspaceLimits = try reader.workspaceLimits()
        cacheLifetime = try reader.duration(.modelCacheLifetime, in: .seconds(1) ... .seconds(30 * 86_400))
        cacheBytes = try reader.size(.modelCacheBytes, in: 0...1 << 40)
        let key = reader.text(.openAIKey).map(SecretString.init)
        let baseURL = reader.text(.openAIBaseURL)
        if let baseURL, !baseURL.hasPrefix("http://"), !baseURL.hasPrefix("https://") {
            throw reader.invalid(.openAIBaseURL, "give a URL such as https://api.openai.com/v1")
        }
        let isConfigured = key != nil || reader.isSet(.openAIBaseURL)
        openAI = isConfigured ? baseURL.map { OpenAI(baseURL: $0, apiKey: key) } : nil
        echoDelay = try reader.duration(.echoDelay, in: .zero ... .seconds(86_400))
        echoFailureRate = try reader.fraction(.echoFailureRate)
        credentialFile = CredentialFile(path: reader.text(.modelAuthFile) ?? "", isNamed: reader.isSet(.modelAuthFile))
        priceFile = reader.text(.modelPriceFile)
    }

    /// Reads the credentials file. Apart from the other settings, since commands that call no model need not be able to.
    /// - Throws: ``SettingsError`` when it cannot be read, when others can read it, or when it lacks what a deployment refers to.
    package func credentials() throws(SettingsError) -> CredentialEntries {
        let entries = try credentialFile.read()
        for deployment in deployments {
            for credential in deployment.credentials where credential.kind == .named && entries[credential.name] == nil {
                throw credentialFile.missing(credential.name, of: deployment.name, in: entries)
            }
        }
        return entries
    }

    /// The built-in prices with those of the price file over them.
    /// - Throws: ``SettingsError`` when the file cannot be read.
    package func prices() throws(SettingsError) -> PriceTable {
        let bytes = try priceFile.map { (path) throws(SettingsError) in try SettingsFile.bytes(path, SettingKey.modelPriceFile.name) }
        do throws(InvalidPriceTable) {
            let builtIn = try PriceTable.builtIn()
            guard let bytes else { return builtIn }
            return builtIn.overridden(by: try PriceTable(bytes))
        } catch {
            throw SettingsError(.invalidFile, ["\(priceFile ?? "the built-in price table"): \(error)"], cause: error)
        }
    }

    /// The files that these settings come from, besides the settings file.
    package var files: [String] { [credentialFile.path] + [priceFile].compactMap(\.self) }
}

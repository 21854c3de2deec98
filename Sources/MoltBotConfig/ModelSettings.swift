package import MoltBotCore

/// Which models there are and how to reach them.
package struct ModelSettings: Sendable {
    /// An API that speaks OpenAI's protocol.
    package struct OpenAI: Sendable {
        package let baseURL: String
        package let apiKey: SecretString?
    }

    /// The model of tasks that name none.
    package let defaultModel: String?
    /// Nil when neither a key nor an address is given.
    package let openAI: OpenAI?
    package let echoDelay: Duration
    /// 0 to 1.
    package let echoFailureRate: Double

    init(_ reader: SettingsReader) throws(SettingsError) {
        defaultModel = reader.text(.modelDefault)
        let key = reader.text(.openAIKey).map(SecretString.init)
        let baseURL = reader.text(.openAIBaseURL)
        if let baseURL, !baseURL.hasPrefix("http://"), !baseURL.hasPrefix("https://") {
            throw reader.invalid(.openAIBaseURL, "give a URL such as https://api.openai.com/v1")
        }
        let isConfigured = key != nil || reader.isSet(.openAIBaseURL)
        openAI = isConfigured ? baseURL.map { OpenAI(baseURL: $0, apiKey: key) } : nil
        echoDelay = try reader.duration(.echoDelay, in: .zero ... .seconds(86_400))
        echoFailureRate = try reader.fraction(.echoFailureRate)
    }
}

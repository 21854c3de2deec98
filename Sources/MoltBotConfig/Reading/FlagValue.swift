/// What one flag of the command line sets.
package struct FlagValue: Sendable {
    package let key: SettingKey
    /// As the user typed it, with dashes.
    package let flag: String
    package let text: String

    /// Nil when the flag was not given.
    package init?(_ key: SettingKey, _ flag: String, _ text: String?) {
        guard let text else { return nil }
        self.key = key
        self.flag = flag
        self.text = text
    }
}

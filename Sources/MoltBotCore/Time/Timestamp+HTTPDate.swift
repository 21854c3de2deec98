extension Timestamp {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Reads an HTTP date in any of the three forms a recipient must accept (RFC 9110, 5.6.7):
    /// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`.
    package init?(httpDate text: String) {
        let parts = text.split { " ,-:".contains($0) }
        guard parts.count == 8 || parts.count == 7 else { return nil }
        let isAsctime = parts.count == 7
        guard isAsctime || parts[7] == "GMT",
            let month = Self.months.firstIndex(of: String(parts[isAsctime ? 1 : 2])),
            let day = Int64(parts[isAsctime ? 2 : 1]),
            var year = Int64(parts[isAsctime ? 6 : 3]),
            let hour = Int64(parts[isAsctime ? 3 : 4]),
            let minute = Int64(parts[isAsctime ? 4 : 5]),
            let second = Int64(parts[isAsctime ? 5 : 6])
        else { return nil }
        if year < 100 { year += year < 70 ? 2000 : 1900 }
        let date = CivilDate(year: year, month: Int64(month) + 1, day: day)
        // The year first: the days to one of 19 digits are more than 64 bits count.
        guard (1...9999).contains(year), date.isValid, (0..<24).contains(hour), (0..<60).contains(minute), (0...60).contains(second)
        else { return nil }
        self.init(secondsSinceEpoch: date.daysSinceEpoch * 86_400 + hour * 3600 + minute * 60 + second)
    }
}

import CurlHTTP
import MoltBotCore
import Testing

@testable import ModelProviders

@Suite("How long to wait")
struct RetryAfterTests {
    private static let now = "1994-11-06T08:49:30Z"

    @Test(
        "Understands every way to say it, the most precise first",
        arguments: [
            ([("retry-after-ms", "250"), ("Retry-After", "9")], 250), ([("x-ms-retry-after-ms", "1500"), ("retry-after", "9")], 1500),
            ([("Retry-After", "3")], 3000), ([("retry-after", "1.5")], 1500), ([("retry-after", "0")], 0),
            ([("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")], 7000), ([("retry-after", "Sunday, 06-Nov-94 08:49:37 GMT")], 7000),
            ([("retry-after", "Sun Nov  6 08:49:37 1994")], 7000), ([("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT")], 0),
            ([("retry-after", "soon")], nil), ([("retry-after", "-5")], 0), ([("retry-after", "1e30")], 86_400_000),
            ([("retry-after", "nan")], nil), ([("retry-after", "Sun, 06 Nov 9223372036854775807 08:49:37 GMT")], nil),
            ([("x-ratelimit-reset-tokens", "6m0s"), ("x-ratelimit-remaining-tokens", "0")], 360_000),
            ([("x-ratelimit-reset-tokens", "6m0s"), ("x-ratelimit-remaining-tokens", "9")], nil),
            ([("x-ratelimit-reset-requests", "17ms"), ("x-ratelimit-remaining-requests", "0")], 17),
            ([("anthropic-ratelimit-tokens-reset", "1994-11-06T08:49:32Z"), ("anthropic-ratelimit-tokens-remaining", "0")], 2000),
            ([], nil),
        ] as [([(String, String)], Int?)])
    func headers(fields: [(String, String)], milliseconds: Int?) throws {
        let now = try #require(Timestamp(rfc3339: Self.now))
        let headers = HTTPHeaders(fields)
        let wait = RetryAfter.read(headers, body: nil, limits: RateLimitHeaders.read(headers, now: now), now: now)
        #expect(wait == milliseconds.map { .milliseconds($0) })
    }

    @Test("Google puts it into the body")
    func body() throws {
        let delay = RetryAfter.retryDelay(["details": [["@type": "x"], ["retryDelay": "10.68s"]]])
        #expect(RetryAfter.read([:], body: delay, limits: nil, now: .now()) == .milliseconds(10_680))
        #expect(RetryAfter.read(["retry-after": "1"], body: delay, limits: nil, now: .now()) == .seconds(1))
    }

    @Test(
        "Reads the sentence when nothing else is left",
        arguments: [
            ("Rate limit reached for gpt-4o in organization org on tokens per min. Please try again in 6m0s. Visit", 360_000),
            ("Please try again in 20ms.", 20), ("… Please retry after 6 seconds. Please contact", 6000), ("Please try again later", nil),
            ("", nil),
        ] as [(String, Int?)])
    func sentences(text: String, milliseconds: Int?) {
        #expect(RetryAfter.sentence(text) == milliseconds.map { .milliseconds($0) })
    }

    @Test(
        "Reads Go durations",
        arguments: [("17ms", 17), ("1s", 1000), ("6m0s", 360_000), ("1h2m3s", 3_723_000), ("", nil), ("5", nil), ("s", nil), ("1x", nil)]
            as [(String, Int?)])
    func durations(text: String, milliseconds: Int?) {
        #expect(RetryAfter.goDuration(text) == milliseconds.map { .milliseconds($0) })
    }
}

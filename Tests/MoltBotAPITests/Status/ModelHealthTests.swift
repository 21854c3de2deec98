import MoltBotCore
import MoltBotMessaging
import Testing

@testable import MoltBotAPI

@Suite("What a node hears of deployments")
struct ModelHealthTests {
    private let start = Timestamp(millisecondsSinceEpoch: 1_790_000_000_000)

    @Test("lasts as long as the worker said, or until one says that it is well")
    func life() {
        var health = ModelHealth()
        health.heard(
            [
                .opened(deployment: "b", key: nil, time: .seconds(30), reason: "503"),
                .paused(deployment: "a", key: "first", time: .seconds(10)),
            ], at: start)
        #expect(health.entries(at: start).map(\.deployment) == ["a", "b"])
        #expect(health.entries(at: start).map(\.state) == [.paused, .open])
        #expect(health.entries(at: start)[1].reason == "503")
        #expect(health.entries(at: start)[1].until == start + .seconds(30))
        #expect(health.entries(at: start + .seconds(10)).map(\.deployment) == ["b"])
        health.heard([.closed(deployment: "b", key: nil)], at: start + .seconds(11))
        #expect(health.entries(at: start + .seconds(11)).isEmpty)
    }

    @Test("is bounded, and what is over makes room")
    func bounds() {
        var health = ModelHealth()
        let news = (0..<2000).map { ModelNews.paused(deployment: "\($0)", key: nil, time: .seconds(10)) }
        health.heard(news, at: start)
        #expect(health.entries(at: start).count == 1000)
        health.heard([.paused(deployment: "new", key: nil, time: .seconds(10))], at: start + .seconds(20))
        #expect(health.entries(at: start + .seconds(20)).map(\.deployment) == ["new"])
    }
}

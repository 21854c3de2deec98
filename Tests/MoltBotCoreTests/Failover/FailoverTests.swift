import MoltBotCore
import Testing

@Suite("Failover")
struct FailoverTests {
    private typealias Alternatives = Failover.Alternatives

    private func error(_ kind: ModelError.Kind, _ message: String = "no") -> ModelError { ModelError(kind, message: message) }

    private func start(_ fallbacks: [String] = [], isEnabled: Bool = true) -> Failover {
        Failover(isEnabled: isEnabled, model: "gpt-4", taskFallbacks: fallbacks)
    }

    @Test("A limited or refused key: the next key, the next deployment, then the fallbacks in their order")
    func reach() {
        for kind in [ModelError.Kind.rateLimited, .quotaExhausted, .auth] {
            var failover = start(["claude"])
            let settings = Fallbacks(onError: ["gemini"])
            #expect(
                failover.failed(error(kind), hasDelivered: false, Alternatives(hasOtherCredential: true, hasOtherDeployment: true))
                    == .otherCredential)
            #expect(failover.failed(error(kind), hasDelivered: false, Alternatives(hasOtherDeployment: true)) == .otherDeployment)
            #expect(failover.failed(error(kind), hasDelivered: false, Alternatives(fallbacks: settings)) == .model("claude"))
            #expect(failover.failed(error(kind), hasDelivered: false, Alternatives(fallbacks: settings)) == .model("gemini"))
            #expect(failover.failed(error(kind), hasDelivered: false, Alternatives(fallbacks: settings)) == .stop(error(kind)))
        }
    }

    @Test(
        "A broken server: its other keys reach the same server", arguments: [ModelError.Kind.serverError, .overloaded, .network, .timeout])
    func otherKeyIsNoGain(_ kind: ModelError.Kind) {
        var failover = start()
        let all = Alternatives(hasOtherCredential: true, hasOtherDeployment: true)
        #expect(failover.failed(error(kind), hasDelivered: false, all) == .otherDeployment)
    }

    @Test("What is wrong with the request is wrong everywhere", arguments: [ModelError.Kind.invalidRequest, .cancelled])
    func stopsAtOnce(_ kind: ModelError.Kind) {
        var failover = start(["claude"])
        let all = Alternatives(hasOtherCredential: true, hasOtherDeployment: true, fallbacks: Fallbacks(onError: ["gemini"]))
        #expect(failover.failed(error(kind), hasDelivered: false, all) == .stop(error(kind)))
    }

    @Test("Too long: models with a longer context, and not the other deployments of the same model")
    func contextLength() {
        var failover = start()
        let all = Alternatives(
            hasOtherCredential: true, hasOtherDeployment: true, fallbacks: Fallbacks(onError: ["small"], onContextLength: ["gpt-4-long"]))
        #expect(failover.failed(error(.contextLength), hasDelivered: false, all) == .model("gpt-4-long"))
    }

    @Test("Refused content: only models that were named for it")
    func contentPolicy() {
        var failover = start(["claude"])
        let none = Alternatives(hasOtherDeployment: true, fallbacks: Fallbacks(onError: ["gemini"]))
        #expect(failover.failed(error(.contentPolicy), hasDelivered: false, none) == .stop(error(.contentPolicy)))
        failover = start()
        let named = Alternatives(fallbacks: Fallbacks(onContentPolicy: ["frank"]))
        #expect(failover.failed(error(.contentPolicy), hasDelivered: false, named) == .model("frank"))
    }

    @Test("A stream that broke before its first piece goes elsewhere; afterwards the whole attempt is over")
    func streams() {
        var failover = start()
        let other = Alternatives(hasOtherDeployment: true)
        #expect(failover.failed(error(.streamBroken), hasDelivered: false, other) == .otherDeployment)
        #expect(failover.failed(error(.streamBroken), hasDelivered: true, other) == .stop(error(.streamBroken)))
        #expect(error(.streamBroken).isRetryable)
    }

    @Test("No circle of fallbacks")
    func circles() {
        var failover = start(["claude", "gpt-4"])
        let circle = Alternatives(fallbacks: Fallbacks(onError: ["gpt-4", "claude"]))
        #expect(failover.failed(error(.serverError), hasDelivered: false, circle) == .model("claude"))
        #expect(failover.failed(error(.serverError), hasDelivered: false, circle) == .stop(error(.serverError)))
    }

    @Test("The first error is the one reported, unless only a later one may pass")
    func verdict() {
        var failover = start(["claude"])
        #expect(failover.failed(error(.overloaded, "primary"), hasDelivered: false, Alternatives()) == .model("claude"))
        #expect(failover.failed(error(.auth, "fallback"), hasDelivered: false, Alternatives()) == .stop(error(.overloaded, "primary")))
        failover = start(["claude"])
        #expect(failover.failed(error(.auth, "primary"), hasDelivered: false, Alternatives()) == .model("claude"))
        #expect(
            failover.failed(error(.overloaded, "fallback"), hasDelivered: false, Alternatives()) == .stop(error(.overloaded, "fallback")))
    }

    @Test("Switched off, nothing else is tried")
    func disabled() {
        var failover = start(["claude"], isEnabled: false)
        let all = Alternatives(hasOtherCredential: true, hasOtherDeployment: true)
        #expect(failover.failed(error(.serverError), hasDelivered: false, all) == .stop(error(.serverError)))
    }

    @Test("Ends, however many deployments there are")
    func bounded() {
        var failover = start()
        var calls = 1
        while failover.failed(error(.serverError), hasDelivered: false, Alternatives(hasOtherDeployment: true)) == .otherDeployment {
            calls += 1
        }
        #expect(calls == Failover.maximumCalls)
    }
}

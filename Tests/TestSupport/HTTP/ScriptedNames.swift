import CScriptedNames
import Dispatch
import Glibc
import Synchronization

/// Host names that resolve to what a test says: to something else each time, if it wants. libcurl asks for them as for any other.
package enum ScriptedNames {
    private struct State {
        var isInstalled = false
        var count = 0
        var rounds: [String: [[String]]] = [:]
        var silent: [String: SilentName] = [:]

        mutating func newName() -> String {
            if !isInstalled { scripted_names_install { ScriptedNames.resolve($0, $1, $2, $3) } }
            isInstalled = true
            count += 1
            return "host-\(count).scripted.test"
        }
    }

    private static let state = Mutex(State())

    /// A new name.
    /// - Parameter rounds: the addresses it has at the first, second ... time of asking; the last ones stay.
    package static func name(_ rounds: [String]...) -> String {
        state.withLock { state in
            let name = state.newName()
            state.rounds[name] = rounds
            return name
        }
    }

    /// A name that no name server answers for as long as `body` runs, nor for a minute.
    package static func withSilentName<Result>(_ body: (SilentName) async throws -> Result) async throws -> Result {
        let silent = state.withLock { state in
            let silent = SilentName(host: state.newName())
            state.silent[silent.host] = silent
            return silent
        }
        defer { silent.answer() }
        return try await body(silent)
    }

    /// The addresses this time; nil for a name that is no concern of this.
    private static func addresses(of name: String) -> [String]? {
        state.withLock { state in
            guard let rounds = state.rounds[name] else { return nil }
            if rounds.count > 1 { state.rounds[name] = Array(rounds.dropFirst()) }
            return rounds.first
        }
    }

    private static func resolve(
        _ name: UnsafePointer<CChar>?, _ service: UnsafePointer<CChar>?, _ hints: UnsafePointer<addrinfo>?,
        _ result: UnsafeMutablePointer<UnsafeMutablePointer<addrinfo>?>?
    ) -> Int32 {
        guard let name = name.map({ String(cString: $0) }) else { return Int32(SCRIPTED_NAMES_UNKNOWN) }
        if let silent = state.withLock({ $0.silent[name] }) {
            silent.keepWaiting()
            return EAI_AGAIN
        }
        guard let addresses = addresses(of: name) else { return Int32(SCRIPTED_NAMES_UNKNOWN) }
        var numeric = addrinfo()
        numeric.ai_flags = AI_NUMERICHOST
        numeric.ai_socktype = hints?.pointee.ai_socktype ?? 0
        // One list out of the lists of one: freeaddrinfo takes it apart again.
        var head: UnsafeMutablePointer<addrinfo>?
        for address in addresses.reversed() {
            var list: UnsafeMutablePointer<addrinfo>?
            let code = scripted_names_system(address, service, &numeric, &list)
            guard code == 0 else { return code }
            list?.pointee.ai_next = head
            head = list
        }
        result?.pointee = head
        return 0
    }
}

/// A host name whose resolver waits for an answer.
package final class SilentName: Sendable {
    package let host: String
    /// One for each thread that asks.
    package let questions = Recorder<Void>()
    /// One for each thread that has waited in vain and gone on.
    package let failures = Recorder<Void>()
    private let answered = DispatchSemaphore(value: 0)

    init(host: String) { self.host = host }

    fileprivate func answer() { answered.signal() }

    fileprivate func keepWaiting() {
        questions.record(())
        if answered.wait(timeout: .now() + 60) == .timedOut { failures.record(()) }
        // For the next one that asks.
        answered.signal()
    }
}

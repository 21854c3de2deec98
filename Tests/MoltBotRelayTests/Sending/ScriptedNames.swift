import CScriptedNames
import Glibc
import Synchronization

/// Host names that resolve to what a test says: to something else each time, if it wants. libcurl asks for them as for any other.
enum ScriptedNames {
    private struct State {
        var isInstalled = false
        var count = 0
        var rounds: [String: [[String]]] = [:]
    }

    private static let state = Mutex(State())

    /// A new name.
    /// - Parameter rounds: the addresses it has at the first, second ... time of asking; the last ones stay.
    static func name(_ rounds: [String]...) -> String {
        state.withLock { state in
            if !state.isInstalled { scripted_names_install { ScriptedNames.resolve($0, $1, $2, $3) } }
            state.isInstalled = true
            state.count += 1
            let name = "host-\(state.count).scripted.test"
            state.rounds[name] = rounds
            return name
        }
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
        guard let name, let addresses = addresses(of: String(cString: name)) else { return Int32(SCRIPTED_NAMES_UNKNOWN) }
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

import MoltBotCore
import TestSupport

extension LoopbackHTTP.Response {
    func json() throws -> JSONValue { try JSONValue.parse(Array(body)) }
}

internal import Crypto
internal import MoltBotCore
internal import MoltBotMessaging

/// Tells payloads of one idempotency key apart: equal for requests that ask for the same, however they are written down.
struct PayloadFingerprint {
    private var hash = SHA256()

    init() {}

    init(of task: TaskSubmission) {
        self.init()
        add(task)
    }

    /// Takes another task of a batch.
    mutating func add(_ task: TaskSubmission) {
        // What was just encoded can be parsed; the order of an object's members is another one in each process.
        let request = (try? JSONValue.parse(task.request.encode()))?.canonicalBytes ?? []
        hash.update(data: Array("\(request.count) \(task.priority)\n".utf8))
        hash.update(data: request)
    }

    mutating func add(concurrency: Int) { hash.update(data: Array("concurrency \(concurrency)\n".utf8)) }

    /// 64 hexadecimal digits.
    var text: String { hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}

internal import CRabbitMQ

/// Memory for the C structures of one encode call. librabbitmq takes pointers to strings and tables; they are copied in here, stay
/// valid until ``reset()``, and cost no allocation in the common case.
final class EncodingArena {
    private static let pageSize = 16 * 1024
    private let page: UnsafeMutableRawPointer
    private var used = 0
    private var overflow: [UnsafeMutableRawPointer] = []
    /// Why what was put in since the last ``reset()`` must not be sent; nil when it may.
    private(set) var refusal: String?

    init() {
        page = .allocate(byteCount: Self.pageSize, alignment: 16)
    }

    deinit {
        reset()
        page.deallocate()
    }

    /// Forgets everything allocated. Pointers handed out before are invalid from here on.
    func reset() {
        used = 0
        refusal = nil
        for block in overflow { block.deallocate() }
        overflow.removeAll(keepingCapacity: true)
    }

    func refuse(_ reason: String) { refusal = refusal ?? reason }

    /// Room for `count` C structures; they are trivial, so nothing is ever deinitialised.
    func allocate<T>(_ type: T.Type, count: Int) -> UnsafeMutablePointer<T> {
        raw(count * MemoryLayout<T>.stride).bindMemory(to: T.self, capacity: count)
    }

    func bytes(_ text: String) -> amqp_bytes_t {
        WireText.withBytes(text) { bytes($0) }
    }

    func bytes(_ bytes: [UInt8]) -> amqp_bytes_t {
        bytes.withUnsafeBytes { self.bytes($0) }
    }

    private func bytes(_ source: UnsafeRawBufferPointer) -> amqp_bytes_t {
        guard let start = source.baseAddress, source.count > 0 else { return amqp_bytes_t(len: 0, bytes: nil) }
        let copy = raw(source.count)
        copy.copyMemory(from: start, byteCount: source.count)
        return amqp_bytes_t(len: source.count, bytes: copy)
    }

    private func raw(_ count: Int) -> UnsafeMutableRawPointer {
        let aligned = (used + 15) & ~15
        if aligned + count <= Self.pageSize {
            used = aligned + count
            return page + aligned
        }
        let block = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1), alignment: 16)
        overflow.append(block)
        return block
    }
}

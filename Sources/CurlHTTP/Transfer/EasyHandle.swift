import CCurl

/// A libcurl easy handle with the buffer it writes error texts to. Made, used and freed on the loop thread.
final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>

    /// Nil when libcurl is out of memory.
    init?() {
        guard let pointer = curl_easy_init() else { return nil }
        self.pointer = pointer
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.pointee = 0
    }

    /// Sets everything a transfer needs. Returns the first refusal.
    func prepare(_ transfer: Transfer, _ template: OptionTemplate) -> CURLcode {
        errorText.pointee = 0
        ccurl_set_pointer(pointer, CURLOPT_ERRORBUFFER, errorText)
        return template.apply(to: pointer, for: transfer)
    }

    /// The text libcurl left about the last failure; empty when it left none.
    var errorDetail: String {
        String(cString: errorText)
    }

    deinit {
        curl_easy_cleanup(pointer)
        errorText.deallocate()
    }
}

/// Easy handles between transfers: making one costs more than a small transfer does.
struct EasyHandlePool {
    /// Idle handles to keep; each holds some 10 KiB.
    private static let capacity = 1024

    private var idle: [EasyHandle] = []

    mutating func take() -> EasyHandle? {
        idle.popLast() ?? EasyHandle()
    }

    mutating func put(_ handle: EasyHandle) {
        guard idle.count < Self.capacity else { return }
        curl_easy_reset(handle.pointer)
        idle.append(handle)
    }
}

import CCurl

/// A libcurl easy handle with the buffer it writes error texts to. Made, used and freed on the loop thread.
final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>

    /// Nil when libcurl is out of memory or refuses an option of the template.
    init?(_ template: OptionTemplate) {
        guard let pointer = curl_easy_init() else { return nil }
        self.pointer = pointer
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.pointee = 0
        ccurl_set_pointer(pointer, CURLOPT_ERRORBUFFER, errorText)
        guard template.apply(to: pointer) == CURLE_OK else { return nil }
    }

    /// Sets everything that differs from one transfer to the next. Returns the first refusal.
    func prepare(_ transfer: Transfer, _ template: OptionTemplate) -> CURLcode {
        errorText.pointee = 0
        return template.apply(transfer, to: pointer)
    }

    /// Lets go of what belongs to the transfer.
    func clear() {
        ccurl_set_headers(pointer, nil)
        ccurl_set_pointer(pointer, CURLOPT_POSTFIELDS, nil)
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

/// Easy handles between transfers, which keep the options all transfers share: setting those again after `curl_easy_reset` costs half as
/// much as a small transfer does.
struct EasyHandlePool {
    /// Idle handles to keep; each holds some 10 KiB.
    private static let capacity = 1024

    private var idle: [EasyHandle] = []

    mutating func take(_ template: OptionTemplate) -> EasyHandle? {
        idle.popLast() ?? EasyHandle(template)
    }

    mutating func put(_ handle: EasyHandle) {
        guard idle.count < Self.capacity else { return }
        handle.clear()
        idle.append(handle)
    }
}

import CCurl
import Logging

/// The life of a transfer on the loop thread: started, resumed, and ended in one of five ways. None of these runs inside a libcurl
/// callback, where taking a handle out of the multi handle is forbidden.
extension CurlLoop {
    func start(_ transfer: Transfer) {
        guard case .new = transfer.phase else {
            ended.append((transfer, HTTPError(.cancelled, "Cancelled before it was sent (\(transfer.target))")))
            return
        }
        guard let shard = shards.next(), let easy = easyHandles.take(template) else {
            ended.append((transfer, HTTPError(CURLE_OUT_OF_MEMORY, detail: "", target: transfer.target)))
            return
        }
        transfer.sockets = sockets
        var code = easy.prepare(transfer, template)
        if code == CURLE_OK, shard.add(easy) != CURLM_OK { code = CURLE_FAILED_INIT }
        guard code == CURLE_OK else {
            ended.append((transfer, HTTPError(code, detail: easy.errorDetail, target: transfer.target)))
            easyHandles.put(easy)
            return
        }
        transfer.phase = .running(easy, shard)
        transfer.activeIndex = active.count
        active.append(transfer)
        deadlines.update(transfer)
    }

    func cancel(_ transfer: Transfer) {
        switch transfer.phase {
        case .new: transfer.phase = .abandoned
        case .running: end(transfer, HTTPError(.cancelled, "Cancelled (\(transfer.target))"))
        case .abandoned, .ended: break
        }
    }

    func resumeReceiving(_ transfer: Transfer) {
        // Delivers what libcurl holds back from within the call, and may pause again.
        if case .running(let easy, _) = transfer.phase { curl_easy_pause(easy.pointer, CURLPAUSE_CONT) }
    }

    func timeOut(_ transfer: Transfer) {
        // The head may have come since the deadline was set; then the next limit counts.
        guard let deadline = transfer.deadline else { return }
        guard deadline.at <= LoopClock.now else {
            deadlines.update(transfer)
            return
        }
        let limit = deadline.phase == .firstByte ? "first byte of the response" : "whole response"
        end(transfer, HTTPError(.timeout(phase: deadline.phase), "No \(limit) within the timeout (\(transfer.target))"))
    }

    func reapFinished() {
        for shard in shards.all where shard.transferCount > 0 {
            while let (transfer, result) = shard.nextFinished() {
                end(transfer, failure(of: transfer, result))
            }
        }
    }

    func endAll(_ reason: HTTPError) {
        while let transfer = active.last { end(transfer, reason) }
        tellEnded()
    }

    /// Resumes those who wait, all at once: each resumption wakes another thread, which is better done after libcurl's work.
    func tellEnded() {
        for (transfer, failure) in ended {
            let duration = LoopClock.now - transfer.createdAt
            metrics.recordDuration(duration, method: transfer.request.method, status: failure == nil ? transfer.head?.status : nil)
            if let failure { logger.debug("HTTP exchange failed", metadata: ["error": "\(failure)"]) }
            transfer.complete(failure)
        }
        ended.removeAll(keepingCapacity: true)
        metrics.recordInFlight(active.count)
    }

    private func failure(of transfer: Transfer, _ result: CURLcode) -> HTTPError? {
        if let failure = transfer.failure { return failure }
        if result == CURLE_OK { return nil }
        if result == CURLE_COULDNT_CONNECT, transfer.deniedAddresses > 0, transfer.allowedAddresses == 0 {
            return HTTPError(
                .addressDenied, "The address policy allows no address of the host (\(transfer.target))", curlCode: Int(result.rawValue))
        }
        guard case .running(let easy, _) = transfer.phase else { return nil }
        return HTTPError(result, detail: easy.errorDetail, target: transfer.target)
    }

    /// Takes a running transfer out of libcurl, finished or not.
    private func end(_ transfer: Transfer, _ failure: HTTPError?) {
        guard case .running(let easy, let shard) = transfer.phase else { return }
        transfer.phase = .ended
        shard.remove(easy)
        easyHandles.put(easy)
        deadlines.remove(transfer)
        ended.append((transfer, failure))

        let last = active.removeLast()
        if last !== transfer {
            active[transfer.activeIndex] = last
            last.activeIndex = transfer.activeIndex
        }
    }
}

/// What the task that waits for a transfer can ask of the loop thread.
struct TransferControl: Sendable {
    let mailbox: CommandMailbox
    let transfer: Transfer

    /// Hands the transfer over. Returns why it was not taken.
    func start() -> HTTPError? {
        mailbox.post(.start(transfer))
    }

    /// Ends the transfer and closes its connection; does nothing to one that has ended.
    func cancel() {
        // A refused command means the loop is going away, and every transfer with it.
        _ = mailbox.post(.cancel(transfer))
    }

    /// Goes on with a transfer that was paused because its reader lagged.
    func resumeReceiving() {
        _ = mailbox.post(.resumeReceiving(transfer))
    }
}

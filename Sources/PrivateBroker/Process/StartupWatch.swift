import FoundationEssentials
import Glibc

/// Watches the broker's startup output for the line that says it serves clients.
///
/// RabbitMQ prints "completed with N plugins." after it has opened its listeners; inotify reports each change of the file,
/// the process handle reports its end.
struct StartupWatch: ~Copyable {
    enum Outcome: Sendable, Equatable { case ready, exited, deadlinePassed, cancelled }

    private let file: String
    private let changes: OwnedDescriptor

    /// Empties the file and watches it from now on; call it before the broker is launched.
    init(file: String) throws(PrivateBrokerError) {
        try StateFile.write(Data(), to: file, mode: 0o600)
        let changes = OwnedDescriptor(inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK)))
        guard changes.number >= 0, inotify_add_watch(changes.number, file, UInt32(IN_MODIFY)) >= 0 else {
            throw PrivateBrokerError(.stateUnusable, "\(file) cannot be watched.", cause: SystemFailure.last)
        }
        self.file = file
        self.changes = changes
    }

    func waitUntilReady(_ process: VerifiedProcess, until deadline: ContinuousClock.Instant) async -> Outcome {
        while true {
            if StateFile.text(at: file)?.contains("completed with") == true { return .ready }
            switch await DescriptorWait.wait(for: [changes.number, process.exitDescriptor], until: deadline) {
            case .ready(let descriptors):
                if descriptors.contains(process.exitDescriptor) { return .exited }
                drain()
            case .deadlinePassed: return .deadlinePassed
            case .cancelled: return .cancelled
            }
        }
    }

    private func drain() {
        var events = [UInt8](repeating: 0, count: 4096)
        while read(changes.number, &events, events.count) > 0 {}
    }
}

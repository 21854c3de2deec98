internal import Synchronization

/// The answers that are being read.
final class OpenAnswers: Sendable {
    private let buffers = Mutex<[String: DeltaBuffer]>([:])

    /// An answer of a task with the same id that is still read ends here: nobody could tell whose the next pieces are.
    func open(_ task: MoltBot.SubmittedTask) -> DeltaBuffer {
        let buffer = DeltaBuffer(task)
        buffers.withLock { $0.updateValue(buffer, forKey: task.id) }?.close()
        return buffer
    }

    func received(_ number: Int, _ text: String, of taskID: String) {
        buffers.withLock { $0[taskID] }?.received(number, text)
    }

    func ended(_ outcome: MoltBot.Outcome) {
        buffers.withLock { $0.removeValue(forKey: outcome.taskID) }?.ended(outcome)
    }

    /// The task was not submitted after all.
    func forget(_ taskID: String) {
        buffers.withLock { $0.removeValue(forKey: taskID) }?.close()
    }

    func isOpen(_ taskID: String) -> Bool { buffers.withLock { $0[taskID] != nil } }

    var tasks: [MoltBot.SubmittedTask] { buffers.withLock { $0.values.map(\.task) } }

    func close() {
        let all = buffers.withLock { buffers in
            defer { buffers.removeAll() }
            return Array(buffers.values)
        }
        for buffer in all { buffer.close() }
    }
}

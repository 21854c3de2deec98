import FoundationEssentials

/// What each thread of a process does at one moment: the third field of `/proc/<pid>/task/<tid>/stat` (proc_pid_stat(5)).
struct ThreadStates: Sendable {
    /// One letter a thread; none for a process that has ended.
    let letters: [Character]

    init(of pid: Int32) {
        let folder = "/proc/\(pid)/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        // A thread that ends between the two looks has no file any more.
        letters = threads.compactMap { thread in StateFile.text(at: "\(folder)/\(thread)/stat").flatMap(Self.letter) }
    }

    /// Whether nothing of the process runs: stopped, stopped for a tracer, or dead.
    var isStandingStill: Bool { letters.allSatisfy { "TtZX".contains($0) } }

    /// The name before it is in parentheses and may hold some itself.
    static func letter(in line: String) -> Character? {
        line.lastIndex(of: ")").flatMap { line[$0...].dropFirst(2).first }
    }
}

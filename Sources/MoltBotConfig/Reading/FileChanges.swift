internal import CLinux
// Dispatch sources are safe to use from any thread, and are not marked so.
@preconcurrency internal import Dispatch
internal import Foundation
internal import Glibc
internal import Synchronization

/// Tells when files may have changed, from the kernel's notes (inotify) about their folders: editors replace files instead of writing them,
/// and orchestrators swap links.
package enum FileChanges {
    private static let noted =
        UInt32(IN_CLOSE_WRITE) | UInt32(IN_MOVED_TO) | UInt32(IN_CREATE) | UInt32(IN_DELETE) | UInt32(IN_ATTRIB)
        | UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF)
    /// The kernel watches the folder that was there, and tells nothing when a link further up leads to another one.
    private static let longestSilence = 30

    /// A file's bytes; nil when it can't be read.
    package static func content(of path: String) -> [UInt8]? { FileManager.default.contents(atPath: path).map { Array($0) } }

    /// One element or more after each change, though several changes in a row may be one. It may tell too often, never too seldom: the reader
    /// compares what it reads.
    ///
    /// - Parameter paths: files that need not exist. Folders that do not exist yet, or that others have taken the place of, are looked for
    ///   every half a minute, and an element comes then as well.
    /// - Throws: ``SettingsError`` when the kernel gives no more watches.
    package static func stream(of paths: [String]) throws(SettingsError) -> AsyncStream<Void> {
        let descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        guard descriptor >= 0 else {
            throw SettingsError(.unreadableFile, ["files can't be watched for changes: \(String(cString: strerror(errno)))"])
        }
        let folders = FolderWatches(Set(paths.map { URL(filePath: $0).deletingLastPathComponent().path }), descriptor, noted)
        folders.renew()
        let (stream, changes) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let queue = DispatchQueue(label: "moltbot.files")
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        let timer = DispatchSource.makeTimerSource(queue: queue)
        source.setEventHandler {
            // What exactly changed is of no interest: the notes are only taken away.
            withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 8) { buffer in
                while Glibc.read(descriptor, buffer.baseAddress, buffer.count) > 0 {}
            }
            folders.renew()
            changes.yield()
            // A folder that has gone is about to be replaced.
            timer.schedule(deadline: .now() + .seconds(1), repeating: .seconds(longestSilence))
        }
        timer.schedule(deadline: .now() + .seconds(longestSilence), repeating: .seconds(longestSilence))
        timer.setEventHandler {
            folders.renew()
            changes.yield()
        }
        source.setCancelHandler { close(descriptor) }
        changes.onTermination = { _ in
            queue.async {
                timer.cancel()
                source.cancel()
            }
        }
        source.activate()
        timer.activate()
        return stream
    }
}

/// The kernel's watches of some folders, by the folders' names.
private final class FolderWatches: Sendable {
    private let folders: Set<String>
    private let descriptor: Int32
    private let noted: UInt32
    private let watches = Mutex<Set<Int32>>([])

    init(_ folders: Set<String>, _ descriptor: Int32, _ noted: UInt32) {
        self.folders = folders
        self.descriptor = descriptor
        self.noted = noted
    }

    /// Watches what the names lead to now. A folder that is watched already stays so.
    func renew() {
        let new = Set(folders.map { inotify_add_watch(descriptor, $0, noted) }.filter { $0 >= 0 })
        watches.withLock { watches in
            for old in watches.subtracting(new) { _ = inotify_rm_watch(descriptor, old) }
            watches = new
        }
    }
}

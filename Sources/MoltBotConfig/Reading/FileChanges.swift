internal import CLinux
// Dispatch sources are safe to use from any thread, and are not marked so.
@preconcurrency internal import Dispatch
internal import Foundation
internal import Glibc

/// Tells when files may have changed, from the kernel's notes (inotify) about their folders: editors replace files instead of writing them,
/// and orchestrators swap links.
package enum FileChanges {
    private static let noted =
        UInt32(IN_CLOSE_WRITE) | UInt32(IN_MOVED_TO) | UInt32(IN_CREATE) | UInt32(IN_DELETE) | UInt32(IN_ATTRIB)

    /// One element or more after each change, though several changes in a row may be one. It may tell too often, never too seldom: the reader
    /// compares what it reads.
    ///
    /// - Parameter paths: files that need not exist; folders that do not exist are not watched.
    /// - Throws: ``SettingsError`` when the kernel gives no more watches.
    package static func stream(of paths: [String]) throws(SettingsError) -> AsyncStream<Void> {
        let descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        guard descriptor >= 0 else {
            throw SettingsError(.unreadableFile, ["files can't be watched for changes: \(String(cString: strerror(errno)))"])
        }
        for folder in Set(paths.map { URL(filePath: $0).deletingLastPathComponent().path }) {
            _ = inotify_add_watch(descriptor, folder, noted)
        }
        let (stream, changes) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor)
        source.setEventHandler {
            // What exactly changed is of no interest: the notes are only taken away.
            withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 8) { buffer in
                while Glibc.read(descriptor, buffer.baseAddress, buffer.count) > 0 {}
            }
            changes.yield()
        }
        source.setCancelHandler { close(descriptor) }
        changes.onTermination = { _ in source.cancel() }
        source.activate()
        return stream
    }
}

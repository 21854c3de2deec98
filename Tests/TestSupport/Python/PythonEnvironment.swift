import FoundationEssentials

/// A Python interpreter with `pika`, the client library most Python programs use with RabbitMQ.
package enum PythonEnvironment {
    private static let pika = "pika==1.3.2"

    /// Makes the environment at the first call, in `.build/python` of the repository; later calls, also of other processes, reuse it.
    /// - Returns: the interpreter's path.
    package static func interpreter() async throws -> String {
        let folder = BuildProducts.repository + "/.build/python"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // flock keeps two test processes from building it at once; it was complete if the marker file is there.
        let script = """
            [ -e "$0/complete" ] && exit 0
            rm -rf "$0/venv"
            python3 -m venv "$0/venv" && "$0/venv/bin/python" -m pip install --quiet --disable-pip-version-check "$1" && touch "$0/complete"
            """
        let (exit, output, errors) = try await runToEnd(
            "flock", [folder + "/lock", "sh", "-c", script, folder, pika], within: .seconds(300))
        guard exit == .code(0) else {
            throw TestSupportError(
                .setUpFailed,
                "A Python environment with \(pika) cannot be made in \(folder). It needs python3, python3-venv and a reachable "
                    + "package index (`make setup` installs the first two).\n\(output)\n\(errors)")
        }
        return folder + "/venv/bin/python"
    }
}

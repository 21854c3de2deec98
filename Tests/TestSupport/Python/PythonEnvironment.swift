import FoundationEssentials

/// Python interpreters with the packages that programs around MoltBot use: they judge what it sends.
package enum PythonEnvironment {
    /// Packages of one environment.
    package struct Packages: Sendable {
        let folder: String
        let requirements: [String]

        /// `pika` is the client most Python programs use with RabbitMQ; `standardwebhooks` and `openai` verify webhooks, and `cryptography`
        /// their Ed25519 signatures, which the other two do not.
        package static let clients = Packages(
            folder: "python", requirements: ["pika==1.3.2", "standardwebhooks==1.1.0", "openai==3.52.0", "cryptography==50.0.2"])

        /// llama.cpp's server, and what writes model files for it. An environment of its own: it is large, and few tests want it.
        package static let llamaServer = Packages(
            folder: "python-llama", requirements: ["xllamacpp==2026.10.11549", "gguf==0.19.0", "numpy==2.4.6"])

        /// For the API: a WebSocket client.
        package static let webSockets = Packages(folder: "python-websockets", requirements: ["websockets==15.0.1"])

        /// What holds a server against its OpenAPI description.
        package static let schemathesis = Packages(folder: "python-schemathesis", requirements: ["schemathesis==4.32.5"])
    }

    /// Makes the environment at the first call, under `.build` of the repository; later calls, also of other processes, reuse it.
    /// - Returns: the interpreter's path.
    package static func interpreter(with packages: Packages = .clients) async throws -> String {
        let folder = BuildProducts.repository + "/.build/" + packages.folder
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // flock keeps two test processes from building it at once; it is complete if the marker file names the same packages.
        let script = """
            [ "$(cat "$0/complete" 2>/dev/null)" = "$*" ] && exit 0
            rm -rf "$0/venv" "$0/complete"
            python3 -m venv "$0/venv" && "$0/venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@" \\
                && echo "$*" >"$0/complete"
            """
        let (exit, output, errors) = try await runToEnd(
            "flock", [folder + "/lock", "sh", "-c", script, folder] + packages.requirements, within: .seconds(300))
        guard exit == .code(0) else {
            throw TestSupportError(
                .setUpFailed,
                "A Python environment with \(packages.requirements.joined(separator: ", ")) cannot be made in \(folder). It needs python3, "
                    + "python3-venv and a reachable package index (`make setup` installs the first two).\n\(output)\n\(errors)")
        }
        return folder + "/venv/bin/python"
    }
}

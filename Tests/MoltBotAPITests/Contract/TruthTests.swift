import Foundation
import MoltBotAPI
import MoltBotCore
import TestSupport
import Testing

@Suite("The description, taken at its word", .timeLimit(.minutes(30)))
struct TruthTests {
    /// How single operations are tried (<https://schemathesis.readthedocs.io/en/stable/reference/configuration/>).
    private static let settings = """
        [phases.stateful]
        generation.max-examples = 15

        # Tasks for later do not end while anybody waits here.
        [[operations]]
        include-name = "POST /tasks/{id}/wait"
        parameters = { "query.timeout" = 0.5 }

        # A stream without an end is read for so long.
        [[operations]]
        include-name = "GET /events"
        request-timeout = 1.5
        phases.coverage.enabled = false

        # Each change reads the registry, and the bodies are those of the POST beside it.
        [[operations]]
        include-name = "PATCH /models/{name}"
        phases.coverage.enabled = false

        [[operations]]
        include-name = "PATCH /webhooks/{id}"
        phases.coverage.enabled = false

        # Its tasks are those of POST /tasks. A key that was used before is answered as before, whatever the new body says.
        [[operations]]
        include-name = "POST /tasks/batch"
        phases.coverage.enabled = false
        checks.negative_data_rejection.enabled = false
        """

    /// Schemathesis makes requests out of the description, right and wrong ones, follows its links from one operation to the next, and
    /// holds each answer against it: no fault of the server, a status, a content type, headers and a body as described; what breaks the
    /// schema refused, as are other methods and requests without a key.
    @Test("holds for every operation, with requests as they should be and as they should not")
    func holds() async throws {
        let python = try await PythonEnvironment.interpreter(with: .schemathesis)
        let folder = try await TestRun.makeDirectory("truth")
        try Self.settings.write(toFile: folder + "/schemathesis.toml", atomically: true, encoding: .utf8)
        try await withAPI { host in
            let key = try await AccessKeys(host.session).create(name: "truth", workspace: .default, scopes: [.admin]).key.reveal()
            try await eventually("the key counts") { try await host.http.send("GET", "/tasks").status == 401 }
            // With a worker tasks end, and waits with them.
            try await host.withWorker {
                let (exit, output, errors) = try await runToEnd(
                    python,
                    [
                        "-m", "schemathesis.cli", "--config-file", folder + "/schemathesis.toml", "run",
                        "http://127.0.0.1:\(host.port)/openapi.json", "--header", "Authorization: Bearer \(key)",
                        "--phases", "coverage,fuzzing,stateful", "--max-examples", "5", "--seed", "1", "--request-timeout", "60",
                        "--no-color", "--no-shrink",
                        // Some rules are in words only: a deadline after run_at, a cursor of an earlier answer.
                        "--exclude-checks", "positive_data_acceptance",
                        // With several threads Python 3.11 fails now and then to parse Hypothesis' own sources.
                        "--workers", "1",
                    ], workingDirectory: folder, within: .seconds(400))
                #expect(exit == .code(0), "\(output.suffix(6000))\n\(errors.suffix(2000))")
            }
        }
    }
}

import TestSupport
import Testing

@Suite("Standard output on a full disk", .timeLimit(.minutes(30)))
struct OutputFailureTests {
    @Test("is an error, and not a reader who has seen enough")
    func isSaid() async throws {
        try await withTerminal { terminal in
            try await terminal.withWorker { _ in
                for command in ["config list", "topology plan", "submit --model echo x", "submit --wait --model echo x"] {
                    let run = try await terminal.shell("$MOLTBOT \(command) > /dev/full")
                    #expect(run.exit == .code(74), "\(command)")
                    #expect(run.errorOutput.contains("standard output can't be written: No space left on device"), "\(run.errorOutput)")
                }
            }
            // `yes` ends when the reader has. SIGPIPE may end the command as well.
            let read = try await terminal.shell("{ yes 2>/dev/null; $MOLTBOT config list; echo $? >&2; } | head -n 1")
            #expect(read.output == "y" && ["0", "141"].contains(read.errorOutput), "\(read)")
        }
    }

    @Test("leaves no key or secret behind that nobody knows of")
    func shownOnce() async throws {
        try await withTerminal { terminal in
            let key = try await terminal.shell("$MOLTBOT keys create --name lost > /dev/full")
            #expect(key.exit == .code(74))
            let remedy = try #require(key.errorOutput.firstMatch(of: /`moltbot (keys revoke .*?)`/)?.output.1)
            #expect(try await terminal.shell("$MOLTBOT \(remedy)").exit == .code(0))

            let secret = try await terminal.shell("$MOLTBOT webhooks add https://example.org/hook > /dev/full")
            #expect(secret.exit == .code(74))
            let removal = try #require(secret.errorOutput.firstMatch(of: /`moltbot (webhooks remove .*?)`/)?.output.1)
            #expect(try await terminal.shell("$MOLTBOT \(removal)").exit == .code(0))
        }
    }
}

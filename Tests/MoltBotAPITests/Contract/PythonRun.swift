import TestSupport

/// Runs a Python program against a server, and returns what it printed.
func runPython(
    _ script: String, _ arguments: [String] = [], interpreter: String = "/usr/bin/python3", within duration: Duration = .seconds(90)
) async throws -> String {
    let (exit, output, errors) = try await runToEnd(interpreter, ["-c", script] + arguments, within: duration)
    guard exit == .code(0) else { throw UnexpectedAnswer(description: "Python ended with \(exit):\n\(output)\n\(errors)") }
    return output
}

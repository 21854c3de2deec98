import TestSupport
import Testing

@Suite struct PythonEnvironmentTests {
    @Test func hasPika() async throws {
        let python = try await PythonEnvironment.interpreter()
        let (exit, output, errors) = try await runToEnd(python, ["-c", "import pika; print(pika.__version__)"])
        #expect(exit == .code(0), "\(errors)")
        #expect(output == "1.3.2")
    }
}

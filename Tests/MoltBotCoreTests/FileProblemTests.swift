import MoltBotCore
import Testing

@Suite("Why a file can't be read") struct FileProblemTests {
    @Test(arguments: [
        ("/nowhere/at/all", "No such file or directory"), ("/", "it is a folder"), ("/dev/null/below", "Not a directory"),
    ])
    func words(_ path: String, _ words: String) {
        #expect(FileProblem.text(path) == words)
    }
}

import MoltBotCore
import Testing

@Suite struct TaskCallbackTests {
    private func request(_ text: String) throws -> TaskRequest { try TaskRequest.decode(Array(text.utf8)) }

    @Test func shortFormsAreCallbacksForTheirEvents() throws {
        let request = try request(
            #"{"prompt": "x", "on_complete_url": "https://a.example/done", "on_error_url": "https://a.example/failed"}"#)
        #expect(
            request.callbacks == [
                TaskCallback(url: "https://a.example/done", events: [.completed]),
                TaskCallback(url: "https://a.example/failed", events: [.failed, .cancelled, .expired]),
            ])
        #expect(try TaskRequest.decode(request.encode()) == request)
    }

    @Test func callbacksSurviveTheirHeader() {
        let callbacks = [
            TaskCallback(url: "https://a.example", headers: ["x-key": "v \"1\""], events: [.completed]),
            TaskCallback(url: "http://b.example"),
        ]
        #expect(TaskCallback.decode(TaskCallback.encode(callbacks)) == callbacks)
        #expect(TaskCallback.decode("nonsense") == [])
    }

    @Test(arguments: [
        (#"{"prompt": "x", "on_complete_url": "ftp://a.example"}"#, "on_complete_url"),
        (
            #"{"prompt": "x", "callback": {"url": "https://a.example", "headers": {"x": "\#(String(repeating: "y", count: 9000))"}}}"#,
            "callback.headers"
        ),
    ])
    func whatCannotTravelWithAnEventIsRefused(text: String, path: String) {
        let error = #expect(throws: InvalidTask.self) { try request(text) }
        #expect(error?.problems.first?.path == path)
    }
}

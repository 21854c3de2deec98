import Foundation
import MoltBotCore
import MoltBotMessaging

/// A file of tasks, one JSON object a line (JSON Lines): the contract's fields, and `id`, `priority` and `workspace`.
///
/// The text stays in one piece and tasks are made of it line by line, twice: once to check the file, once to send it.
struct TaskFile: Sendable {
    struct Line: Sendable {
        /// Counted from 1.
        let number: Int
        let task: Result<TaskSubmission, InvalidTask>
    }

    /// What messages call it.
    let name: String
    private let text: Data

    init(name: String, text: Data) {
        self.name = name
        self.text = text
    }

    /// Reads the file at `path`, or standard input when the path is `-`.
    init(path: String) throws(CommandFailure) {
        self.init(name: InputFile.name(of: path), text: try InputFile.contents(of: path))
    }

    /// The lines that are not blank, made when they are asked for.
    func lines(_ defaults: TaskDefaults) -> some Sequence<Line> {
        sequence(state: (position: text.startIndex, number: 0)) { state in
            while state.position < text.endIndex {
                let end = text[state.position...].firstIndex(of: UInt8(ascii: "\n")) ?? text.endIndex
                let line = text[state.position..<end]
                state.position = min(end + 1, text.endIndex)
                state.number += 1
                guard line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { continue }
                return Line(number: state.number, task: Self.task(line, defaults))
            }
            return nil
        }
    }

    private static func task(_ line: Data, _ defaults: TaskDefaults) -> Result<TaskSubmission, InvalidTask> {
        do throws(InvalidTask) {
            let document: JSONValue
            do throws(JSONError) {
                document = try JSONValue.parse(Array(line))
            } catch {
                throw InvalidTask(problems: [FieldProblem(path: "", message: "not valid JSON: \(error)")])
            }
            return .success(try defaults.submission(document))
        } catch {
            return .failure(error)
        }
    }
}

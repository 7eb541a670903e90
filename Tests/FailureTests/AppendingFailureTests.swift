import Foundation
import Report
import Testing

/// Logs grow at their end: what was written before a failure stays, and the failure is reported when the log closes.
@Suite("Logs when writing fails")
struct AppendingFailureTests {
    @Test("a full disk keeps what was there, loses no line silently, and is an error on closing")
    func fullDisk() async throws {
        let folder = TemporaryFolder()
        let path = folder.path
        await #expect(processExitsWith: .success) { [path = path as String] in
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 1000, rlim_max: 1000)
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            let lines = try JSONLinesSink(path: "\(path)/events.jsonl")
            let board = try TensorBoardSink(folder: "\(path)/board")
            for step in 0..<100 {
                lines.receive(.scalar(name: "loss", step: step, value: 1))
                board.receive(.scalar(name: "loss", step: step, value: 1))
            }
            for close in [lines.close, board.close] as [() throws -> Void] {
                do {
                    try close()
                    exit(1)
                } catch let error as ReportError {
                    precondition("\(error)".contains(path) && "\(error)".contains("File too large"), "\(error)")
                }
            }
            exit(0)
        }
        // All lines but the one that the disk cut are whole; a new sink ends that one first.
        let sink = try JSONLinesSink(path: "\(path)/events.jsonl")
        sink.receive(.message("again"))
        try sink.close()
        let lines = try String(contentsOfFile: "\(path)/events.jsonl", encoding: .utf8).split(separator: "\n")
        let broken = lines.indices.filter { (try? JSONSerialization.jsonObject(with: Data(lines[$0].utf8))) == nil }
        #expect(lines.count > 10 && broken == [lines.count - 2])
    }

    @Test("a folder that does not exist or may not be written is an error on opening")
    func readOnlyFolder() async throws {
        #expect(throws: ReportError.self) { try JSONLinesSink(path: "/nowhere/events.jsonl") }
        #expect(throws: ReportError.self) { try TensorBoardSink(folder: "/nowhere/board/run") }
        let folder = TemporaryFolder()
        let path = folder.path
        chmod(path, 0o555)
        await #expect(processExitsWith: .success) { [path = path as String] in
            if geteuid() == 0 { precondition(setgid(65_534) == 0 && setuid(65_534) == 0) }
            for open in [
                { _ = try JSONLinesSink(path: "\(path)/events.jsonl") },
                { _ = try TensorBoardSink(folder: "\(path)/x") },
            ] as [() throws -> Void] {
                do {
                    try open()
                    exit(1)
                } catch let error as ReportError {
                    precondition("\(error)".contains(path) && "\(error)".contains("Permission denied"), "\(error)")
                }
            }
            exit(0)
        }
        chmod(path, 0o755)
    }
}

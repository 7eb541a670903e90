import Foundation
import Synchronization
import Testing

@testable import Report

/// A clock that only moves when a test says so.
final class ManualClock: Sendable {
    private let seconds = Mutex(0.0)

    func advance(by step: Double) { seconds.withLock { $0 += step } }

    var clock: EventClock {
        EventClock(
            wallTime: { 1_700_000_000 + self.seconds.withLock { $0 } }, monotonicTime: { self.seconds.withLock { $0 } })
    }
}

@Suite("Progress events")
struct EventTests {
    /// Keeps what a sink writes.
    final class Screen: Sendable {
        private let storage = Mutex("")
        var text: String { storage.withLock { $0 } }

        func output(isTerminal: Bool, columns: Int = 80) -> TerminalProgress.Output {
            TerminalProgress.Output(
                isTerminal: isTerminal, columns: { columns }, write: { text in self.storage.withLock { $0 += text } })
        }
    }

    private func temporaryPath() -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent("events-\(UUID().uuidString)").path
    }

    struct KnownChecksum: Sendable {
        var bytes: [UInt8]
        var checksum: UInt32
    }

    /// The first is the check value of the CRC catalogues, the others are from RFC 3720, appendix B.4.
    static let knownChecksums: [KnownChecksum] = [
        KnownChecksum(bytes: Array("123456789".utf8), checksum: 0xE306_9283),
        KnownChecksum(bytes: [], checksum: 0),
        KnownChecksum(bytes: Array(repeating: 0, count: 32), checksum: 0x8A91_36AA),
        KnownChecksum(bytes: Array(repeating: 0xFF, count: 32), checksum: 0x62A8_AB43),
        KnownChecksum(bytes: Array(0...31), checksum: 0x46DD_794E),
        KnownChecksum(bytes: Array((0...31).reversed()), checksum: 0x113F_DB5C),
    ]

    @Test("CRC-32C matches the published values", arguments: knownChecksums)
    func checksums(_ known: KnownChecksum) {
        #expect(CRC32C.checksum(known.bytes) == known.checksum)
    }

    /// The records of an event file, read by the definition of the format.
    private func records(_ bytes: [UInt8]) throws -> [[UInt8]] {
        func number(_ range: Range<Int>) -> UInt64 {
            bytes[range].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        var result: [[UInt8]] = []
        var position = 0
        while position < bytes.count {
            try #require(position + 12 <= bytes.count)
            let length = Int(number(position..<position + 8))
            #expect(number(position + 8..<position + 12) == UInt64(CRC32C.masked(bytes[position..<position + 8])))
            let start = position + 12
            try #require(start + length + 4 <= bytes.count)
            let data = Array(bytes[start..<start + length])
            #expect(number(start + length..<start + length + 4) == UInt64(CRC32C.masked(data)))
            result.append(data)
            position = start + length + 4
        }
        return result
    }

    @Test("the checksum of a record is masked as TensorFlow does it")
    func maskedChecksum() {
        // Rotating 0xE3069283 right by 15 gives 0x2507C60D; plus 0xA282EAD8.
        #expect(CRC32C.masked(Array("123456789".utf8)) == 0x2507_C60D &+ 0xA282_EAD8)
    }

    @Test("a TensorBoard file holds the version and then one event per number")
    func tensorBoard() throws {
        let time = ManualClock()
        let folder = temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let sink = try TensorBoardSink(folder: folder, host: "my/host", clock: time.clock)
        time.advance(by: 0.5)
        sink.receive(.scalar(name: "loss", step: 300, value: 0.25))
        sink.receive(.message("no curve"))
        sink.receive(.step(name: "fold", completed: 2, total: 5, metrics: ["auc": 0.5, "lr": .nan]))
        sink.receive(.step(name: "fold", completed: 3, total: 5))
        try sink.close()
        #expect(sink.path == folder + "/events.out.tfevents.1700000000.my_host")
        let records = try records(Array(Data(contentsOf: URL(fileURLWithPath: sink.path))))
        try #require(records.count == 3)
        func bits(_ value: Double) -> [UInt8] { TFRecord.littleEndian(value.bitPattern) }
        func bits(_ value: Float) -> [UInt8] { TFRecord.littleEndian(value.bitPattern) }
        #expect(records[0] == [0x09] + bits(1_700_000_000.0) + [0x1A, 13] + Array("brain.Event:2".utf8))
        let value: [UInt8] = [0x0A, 4] + Array("loss".utf8) + [0x15] + bits(Float(0.25))
        let summary: [UInt8] = [0x0A, UInt8(value.count)] + value
        // 300 is 0b10_0101100 and so the two bytes AC 02.
        let head: [UInt8] = [0x09] + bits(1_700_000_000.5) + [0x10, 0xAC, 0x02]
        #expect(records[1] == head + [0x2A, UInt8(summary.count)] + summary)
        #expect(String(decoding: records[2], as: UTF8.self).contains("fold/auc"))
        #expect(String(decoding: records[2], as: UTF8.self).contains("fold/lr"))
    }

    @Test("two TensorBoard sinks of one second write different files")
    func tensorBoardNames() throws {
        let folder = temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let clock = ManualClock().clock
        let first = try TensorBoardSink(folder: folder, clock: clock)
        let second = try TensorBoardSink(folder: folder, clock: clock)
        #expect(first.path != second.path)
        #expect(throws: ReportError.self) { try TensorBoardSink(folder: folder + "/a/b", clock: clock) }
    }

    @Test("JSON lines can be read back, with any name and any number")
    func jsonLines() throws {
        let path = temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let time = ManualClock()
        let sink = try JSONLinesSink(path: path, clock: time.clock)
        let nasty = "a\"b\\c\n\u{1}\u{2028}é👩‍👧"
        sink.receive(.started(name: nasty, total: nil))
        time.advance(by: 1.25)
        sink.receive(.step(name: "t", completed: 1, total: 9, metrics: ["b": 0.1, "a": .nan, "b": -.infinity]))
        sink.receive(.scalar(name: "s", step: 7, value: 1e-300))
        sink.receive(.message(nasty))
        // Flushed line by line: all is there before the sink is closed.
        let early = try String(contentsOfFile: path, encoding: .utf8)
        #expect(early.split(separator: "\n").count == 4)
        sink.receive(.finished(name: "t", outcome: .cancelled))
        try sink.close()
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        let objects = try lines.map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        #expect(objects.map { $0["event"] as? String } == ["started", "step", "scalar", "message", "finished"])
        #expect(objects[0]["name"] as? String == nasty)
        #expect(objects[0]["total"] is NSNull)
        #expect(objects[1]["time"] as? Double == 1_700_000_001.25)
        let metrics = try #require(objects[1]["metrics"] as? [String: Any])
        #expect(metrics["a"] as? String == "NaN")
        #expect(metrics["b"] as? String == "-Infinity")
        #expect(lines[1].contains("\"metrics\":{\"b\":\"-Infinity\",\"a\":\"NaN\"}"))
        #expect(objects[2]["value"] as? Double == 1e-300)
        #expect(objects[3]["text"] as? String == nasty)
        #expect(objects[4]["outcome"] as? String == "cancelled")
    }

    @Test("a line cut off by a crash does not spoil the next one")
    func jsonLinesAfterCrash() throws {
        let path = temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("{\"ti".utf8).write(to: URL(fileURLWithPath: path))
        let sink = try JSONLinesSink(path: path, clock: ManualClock().clock)
        sink.receive(.message("x"))
        try sink.close()
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(lines == ["{\"ti", "{\"time\":1700000000,\"event\":\"message\",\"text\":\"x\"}"])
    }

    @Test("a full disk is reported when the sink is closed, not by a crash")
    func fullDisk() throws {
        let sink = try JSONLinesSink(path: "/dev/full")
        sink.receive(.message("x"))
        let error = #expect(throws: ReportError.self) { try sink.close() }
        #expect(error?.description.contains("No space left on device") == true)
    }

    @Test("on a terminal one line is rewritten, not more often than the interval, and never too wide")
    func terminal() {
        let time = ManualClock()
        let screen = Screen()
        let sink = TerminalProgress(
            output: screen.output(isTerminal: true, columns: 80), interval: 0.1, clock: time.clock)
        sink.receive(.started(name: "training", total: 200))
        for step in 1...100 {
            time.advance(by: 0.05)
            sink.receive(.step(name: "training", completed: step, total: 200, metrics: ["loss": 0.125]))
        }
        sink.receive(.message("saved"))
        sink.receive(.finished(name: "training"))
        let lines = screen.text.split(separator: "\r").map { $0.replacingOccurrences(of: "\u{1B}[K", with: "") }
        #expect(lines.count >= 30 && lines.count <= 56)
        for line in lines { #expect(DisplayWidth.of(line.filter { $0 != "\n" }) <= 80) }
        #expect(screen.text.contains("training   49%  ███████████░░░░░░░░░░░░░   99/200  20/s"))
        #expect(screen.text.contains("20/s  left 5.0 s  loss 0.125"))
        #expect(screen.text.contains("\r\u{1B}[Ksaved\n"))
        #expect(screen.text.hasSuffix("\r\u{1B}[Ktraining: done, 100/200 in 5.0 s  loss 0.125\n"))
    }

    @Test("elsewhere plain lines come now and then, without control characters")
    func notATerminal() {
        let time = ManualClock()
        let screen = Screen()
        let sink = TerminalProgress(output: screen.output(isTerminal: false), interval: nil, clock: time.clock)
        sink.receive(.started(name: "fit\u{1B}", total: 100))
        for step in 1...100 {
            time.advance(by: 1)
            sink.receive(.step(name: "fit\u{1B}", completed: step, total: 100))
        }
        sink.receive(.finished(name: "fit\u{1B}", outcome: .failed))
        let lines = screen.text.split(separator: "\n")
        #expect(lines.count <= 12)
        #expect(lines.first == "fit : started, 100 steps")
        #expect(lines.contains("fit    10%   10/100  1/s  left 1:30"))
        #expect(lines.last == "fit : failed, 100/100 in 1:40")
        #expect(!screen.text.contains("\u{1B}"))
        #expect(!screen.text.contains("\r"))
    }

    @Test("a resumed task counts only its own steps for the rate")
    func resumed() {
        let time = ManualClock()
        let screen = Screen()
        let sink = TerminalProgress(output: screen.output(isTerminal: false), interval: 0, clock: time.clock)
        sink.receive(.started(name: "t", total: 1000, completed: 900))
        time.advance(by: 10)
        sink.receive(.step(name: "t", completed: 950, total: 1000))
        #expect(screen.text.hasSuffix("t   95%   950/1000  5/s  left 10 s\n"))
    }

    @Test("steps without a start, without a total or beyond it are shown too")
    func oddSteps() {
        let screen = Screen()
        let sink = TerminalProgress(
            output: screen.output(isTerminal: false), interval: 0, clock: ManualClock().clock)
        sink.receive(.step(name: "a", completed: 3, total: nil))
        sink.receive(.step(name: "b", completed: 7, total: 5))
        sink.receive(.step(name: "c", completed: -1, total: 0))
        sink.receive(.finished(name: "unknown"))
        #expect(screen.text == "a  3\nb  100%  7/5\nc  -1/0\nunknown: completed\n")
    }

    static let lengths: [(Double, String)] = [
        (0, "0.0 s"), (9.94, "9.9 s"), (59.4, "59 s"), (59.6, "1:00"), (3599, "59:59"), (7384, "2:03:04"),
        (Double.nan, "?"), (Double.infinity, "?"), (-1, "0.0 s"),
    ]

    @Test("lengths of time", arguments: lengths)
    func elapsed(_ seconds: Double, _ text: String) {
        #expect(ElapsedTime.text(seconds) == text)
    }

    @Test("a composite sink hands every event to all its sinks in order")
    func composite() {
        let (first, second) = (RecordingSink(), RecordingSink())
        let sink = CompositeSink([first, SilentSink(), second])
        let events: [ProgressEvent] = [
            .started(name: "a", total: 2), .scalar(name: "l", step: 1, value: 5), .scalar(name: "l", step: 2, value: 4),
            .step(name: "a", completed: 1, total: 2, metrics: ["x": .nan]), .finished(name: "a"),
        ]
        for event in events { sink.receive(event) }
        #expect(first.events == events)
        #expect(second.events == events)
        #expect(first.scalars(named: "l").values == [5, 4])
        #expect(first.scalars(named: "l").steps == [1, 2])
    }

    @Test("sinks take events from many threads without losing one")
    func threads() async throws {
        let path = temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let recording = RecordingSink()
        let file = try JSONLinesSink(path: path)
        let sink = CompositeSink([recording, file])
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    for step in 0..<100 { sink.receive(.scalar(name: "w\(worker)", step: step, value: 0)) }
                }
            }
        }
        try file.close()
        #expect(recording.events.count == 800)
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 800)
        #expect(lines.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") })
    }

    @Test("a cancelled token, or a cancelled task, makes the check throw")
    func cancellation() async throws {
        let token = Cancellation()
        #expect(!token.isCancelled)
        try token.check()
        token.cancel()
        #expect(token.isCancelled)
        #expect(throws: CancellationError.self) { try token.check() }
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            try Cancellation().check()
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}

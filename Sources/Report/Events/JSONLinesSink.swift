import Synchronization

/// Appends every event to a file as one JSON object per line (jsonlines.org).
///
/// Each object has `time` (seconds since 1970) and `event`; numbers that JSON cannot express become the strings
/// `"NaN"`, `"Infinity"` and `"-Infinity"`. Every line reaches the operating system before `receive` returns.
public final class JSONLinesSink: EventSink {
    private let file: Mutex<AppendingFile>
    private let clock: EventClock

    /// Opens the file at `path` for appending, or creates it; a line cut off by a crash is ended first.
    public init(path: String, clock: EventClock = .system) throws(ReportError) {
        var file = try AppendingFile(path: path)
        if file.endsInsideLine { file.append([UInt8(ascii: "\n")]) }
        self.file = Mutex(file)
        self.clock = clock
    }

    /// Appends one line.
    public func receive(_ event: ProgressEvent) {
        let line = Array((JSONText.object(event, time: clock.wallTime()) + "\n").utf8)
        file.withLock { $0.append(line) }
    }

    /// Closes the file; throws the first error of all writes.
    public func close() throws(ReportError) {
        let result: Result<Void, ReportError> = file.withLock { file in
            do throws(ReportError) {
                try file.close()
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }
}

/// Events as JSON text (RFC 8259).
enum JSONText {
    static func object(_ event: ProgressEvent, time: Double) -> String {
        var fields: [(String, String)] = [("time", number((time * 1000).rounded() / 1000))]
        func add(_ name: String, _ value: String) { fields.append((name, value)) }
        switch event {
        case .started(let name, let total, let completed):
            add("event", "\"started\"")
            add("name", string(name))
            add("total", total.map(String.init) ?? "null")
            add("completed", String(completed))
        case .step(let name, let completed, let total, let metrics):
            add("event", "\"step\"")
            add("name", string(name))
            add("completed", String(completed))
            add("total", total.map(String.init) ?? "null")
            add("metrics", object(metrics))
        case .scalar(let name, let step, let value):
            add("event", "\"scalar\"")
            add("name", string(name))
            add("step", String(step))
            add("value", number(value))
        case .message(let text):
            add("event", "\"message\"")
            add("text", string(text))
        case .finished(let name, let outcome):
            add("event", "\"finished\"")
            add("name", string(name))
            add("outcome", string(outcome.rawValue))
        }
        return object(fields)
    }

    private static func object(_ metrics: ProgressEvent.Metrics) -> String {
        var values: [String: Double] = [:]
        for metric in metrics { values[metric.name] = metric.value }
        // Of two metrics with one name the last counts: JSON leaves the meaning of repeated names open.
        var written: Set<String> = []
        let fields = metrics.compactMap { metric -> (String, String)? in
            written.insert(metric.name).inserted ? (metric.name, number(values[metric.name] ?? .nan)) : nil
        }
        return object(fields)
    }

    private static func object(_ fields: [(String, String)]) -> String {
        "{" + fields.map { string($0.0) + ":" + $0.1 }.joined(separator: ",") + "}"
    }

    /// A number in the shortest form that reads back the same.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "\"NaN\"" }
        if value.isInfinite { return value < 0 ? "\"-Infinity\"" : "\"Infinity\"" }
        if value == value.rounded() && abs(value) < 1e15 { return String(Int64(value)) }
        return value.description
    }

    static func string(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{0}"..<" ", "\u{7F}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

import Glibc
import Synchronization

/// Shows progress on a terminal: one line with a bar, the rate and the time left, rewritten in place.
///
/// Where the output is not a terminal, such as a log file, it prints a plain line now and then instead.
public final class TerminalProgress: EventSink {
    /// Where the lines go.
    struct Output: Sendable {
        var isTerminal: Bool
        var columns: @Sendable () -> Int
        var write: @Sendable (String) -> Void
    }

    private struct State {
        var tasks: [ProgressTask] = []
        var lastDrawn = -Double.infinity
        /// Whether the cursor stands on a line that the next one replaces.
        var hasOpenLine = false
    }

    private let output: Output
    private let clock: EventClock
    private let interval: Double
    private let state = Mutex(State())

    /// Progress on a file descriptor, standard error unless told otherwise.
    ///
    /// - Parameters:
    ///   - fileDescriptor: Where the lines go.
    ///   - interval: Seconds between lines; nil for a tenth on a terminal and ten elsewhere.
    ///   - clock: What rates and times left are measured with.
    public convenience init(
        fileDescriptor: Int32 = STDERR_FILENO, interval: Double? = nil, clock: EventClock = .system
    ) {
        let output = Output(
            isTerminal: isatty(fileDescriptor) == 1,
            columns: {
                var size = winsize()
                return ioctl(fileDescriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
            },
            // A closed terminal must not end the run.
            write: { _ = AtomicFile.writeAll(fileDescriptor, Array($0.utf8)) })
        self.init(output: output, interval: interval, clock: clock)
    }

    init(output: Output, interval: Double?, clock: EventClock) {
        self.output = output
        self.clock = clock
        self.interval = interval ?? (output.isTerminal ? 0.1 : 10)
    }

    /// Shows the event, or waits for the next one if the last was shown just now.
    public func receive(_ event: ProgressEvent) {
        let now = clock.monotonicTime()
        state.withLock { state in
            switch event {
            case .started(let name, let total, let completed):
                state.tasks.removeAll { $0.name == name }
                state.tasks.append(ProgressTask(name: name, total: total, completed: completed, now: now))
                if output.isTerminal {
                    draw(&state, now: now)
                } else {
                    printLine(name + ": started" + (total.map { ", \($0) steps" } ?? ""), &state)
                    state.lastDrawn = now
                }
            case .step(let name, let completed, let total, let metrics):
                advance(name, completed, total, metrics, &state, now)
            case .scalar:
                break
            case .message(let text):
                printLine(text, &state)
                if output.isTerminal { draw(&state, now: now) }
            case .finished(let name, let outcome):
                guard let index = state.tasks.lastIndex(where: { $0.name == name }) else {
                    return printLine(name + ": " + outcome.rawValue, &state)
                }
                let task = state.tasks.remove(at: index)
                printLine(task.summary(outcome, now: now), &state)
                if output.isTerminal, !state.tasks.isEmpty { draw(&state, now: now) }
            }
        }
    }

    private func advance(
        _ name: String, _ completed: Int, _ total: Int?, _ metrics: ProgressEvent.Metrics, _ state: inout State,
        _ now: Double
    ) {
        if let index = state.tasks.lastIndex(where: { $0.name == name }) {
            // The task that moved last is the one shown.
            var task = state.tasks.remove(at: index)
            task.completed = completed
            task.total = total ?? task.total
            if !metrics.isEmpty { task.metrics = metrics }
            state.tasks.append(task)
        } else {
            var task = ProgressTask(name: name, total: total, completed: completed, now: now)
            task.metrics = metrics
            state.tasks.append(task)
        }
        if now - state.lastDrawn >= interval { draw(&state, now: now) }
    }

    private func draw(_ state: inout State, now: Double) {
        guard let task = state.tasks.last else { return }
        state.lastDrawn = now
        if output.isTerminal {
            // A line that fills the last column would wrap on some terminals.
            let line = task.line(now: now, columns: max(output.columns() - 1, 10), hasBar: true)
            output.write("\r" + line + "\u{1B}[K")
            state.hasOpenLine = true
        } else {
            output.write(task.line(now: now, columns: .max, hasBar: false) + "\n")
        }
    }

    private func printLine(_ text: String, _ state: inout State) {
        let erase = state.hasOpenLine ? "\r\u{1B}[K" : ""
        state.hasOpenLine = false
        output.write(erase + DisplayWidth.singleLine(text) + "\n")
    }
}

/// One task as the terminal shows it.
private struct ProgressTask {
    let name: String
    var total: Int?
    var completed: Int
    var metrics: ProgressEvent.Metrics = [:]
    private let startTime: Double
    /// What was done before this run; it does not count for the rate.
    private let startCompleted: Int

    init(name: String, total: Int?, completed: Int, now: Double) {
        self.name = name
        self.total = total
        self.completed = completed
        startTime = now
        startCompleted = completed
    }

    /// The state in one line of at most `columns` columns.
    func line(now: Double, columns: Int, hasBar: Bool) -> String {
        var parts = [DisplayWidth.singleLine(name)]
        var fraction: Double?
        if let total, total > 0 {
            let share = min(max(Double(completed) / Double(total), 0), 1)
            fraction = share
            // Rounded down: 100 % is only said of what is done.
            let percent = String(Int(share * 100)) + "%"
            parts.append(String(repeating: " ", count: max(0, 4 - percent.count)) + percent)
        }
        let barPlace = parts.count
        parts.append(count)
        if let rate = rate(now: now) {
            parts.append(rate >= 1 ? Self.short(rate) + "/s" : Self.short(1 / rate) + " s each")
            if let total, completed < total {
                parts.append("left " + ElapsedTime.text(Double(total - completed) / rate))
            }
        }
        for metric in metrics { parts.append("\(metric.name) \(NumberFormat.significant(4).text(metric.value))") }
        var line = parts.joined(separator: "  ")
        if hasBar, let fraction {
            let room = columns - DisplayWidth.of(line) - 2
            // Few widths, or the end of the bar would dance with the digits after it.
            if let width = [24, 16, 8].first(where: { $0 <= room }) {
                parts.insert(Self.bar(fraction, width: width), at: barPlace)
                line = parts.joined(separator: "  ")
            }
        }
        return Self.cut(DisplayWidth.singleLine(line), to: columns)
    }

    /// The last line about the task.
    func summary(_ outcome: ProgressEvent.Outcome, now: Double) -> String {
        var text = "\(name): \(outcome == .completed ? "done" : outcome.rawValue), \(completed)"
        if let total { text += "/\(total)" }
        text += " in " + ElapsedTime.text(now - startTime)
        for metric in metrics { text += "  \(metric.name) \(NumberFormat.significant(4).text(metric.value))" }
        return text
    }

    /// The completed units and, where it is known, how many there are, always of one width.
    private var count: String {
        guard let total else { return String(completed) }
        let digits = String(completed)
        return String(repeating: " ", count: max(0, String(total).count - digits.count)) + "\(digits)/\(total)"
    }

    private func rate(now: Double) -> Double? {
        let elapsed = now - startTime
        guard elapsed > 0, completed > startCompleted else { return nil }
        return Double(completed - startCompleted) / elapsed
    }

    private static func short(_ value: Double) -> String {
        value >= 1000 ? NumberFormat.fixed(0).text(value) : NumberFormat.significant(3).text(value)
    }

    private static func bar(_ fraction: Double, width: Int) -> String {
        let filled = Int(fraction * Double(width))
        return String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    }

    private static func cut(_ line: String, to columns: Int) -> String {
        if DisplayWidth.of(line) <= columns { return line }
        var result = ""
        var width = 0
        for character in line {
            width += DisplayWidth.of(character)
            if width > columns - 1 { break }
            result.append(character)
        }
        return result + "…"
    }
}

/// Lengths of time as people write them.
enum ElapsedTime {
    /// Seconds as `4.2 s`, `1:05` (minutes) or `2:03:04` (hours).
    static func text(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 3.6e9 else { return "?" }
        if seconds < 10 { return NumberFormat.fixed(1).text(max(seconds, 0)) + " s" }
        let whole = Int(seconds.rounded())
        if whole < 60 { return "\(whole) s" }
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let (hours, minutes) = (whole / 3600, whole / 60 % 60)
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(whole % 60))" : "\(minutes):\(two(whole % 60))"
    }
}

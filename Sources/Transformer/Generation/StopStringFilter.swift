/// Passes text on until a stop string comes, and holds back what may become one.
struct StopStringFilter: Sendable {
    private let stops: [[UInt8]]
    private var held: [UInt8] = []
    /// Whether a stop string has come; nothing is passed on any more.
    private(set) var hasStopped = false

    init(_ stops: [String]) { self.stops = stops.map { Array($0.utf8) } }

    /// The text that is certain to stand before any stop string.
    mutating func append(_ text: String) -> String {
        if hasStopped { return "" }
        if stops.isEmpty { return text }
        held += text.utf8
        for start in held.indices {
            for stop in stops where held[start...].starts(with: stop) {
                hasStopped = true
                defer { held = [] }
                return String(decoding: held[..<start], as: UTF8.self)
            }
        }
        // A beginning of a stop string at the end must wait.
        let limit = min(held.count, (stops.map(\.count).max() ?? 1) - 1)
        var waiting = 0
        for length in stride(from: limit, to: 0, by: -1) where waiting == 0 {
            let end = held.suffix(length)
            if stops.contains(where: { $0.count > length && $0.starts(with: end) }) { waiting = length }
        }
        defer { held.removeFirst(held.count - waiting) }
        return String(decoding: held.dropLast(waiting), as: UTF8.self)
    }

    /// What was held back, once the text has ended.
    mutating func finish() -> String {
        defer { held = [] }
        return hasStopped ? "" : String(decoding: held, as: UTF8.self)
    }
}

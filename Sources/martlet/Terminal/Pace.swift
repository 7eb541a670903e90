import Report

/// How fast tokens come: the time to the first, and the rate of the others.
struct Pace {
    private let clock = ContinuousClock()
    private let start = ContinuousClock.now
    private var first: ContinuousClock.Instant?
    private var last = ContinuousClock.now
    private var count = 0

    mutating func note() {
        last = clock.now
        if first == nil { first = last }
        count += 1
    }

    /// One line.
    var summary: String {
        guard let first else { return "no tokens" }
        var text = "\(count) tokens, the first after \(Pace.seconds(first - start)) s"
        let rest = last - first
        if count > 1, rest > .zero {
            let rate = Double(count - 1) / (rest / .seconds(1))
            text += ", then \(NumberFormat.significant(3).text(rate)) a second"
        }
        return text
    }

    private static func seconds(_ duration: Duration) -> String {
        NumberFormat.significant(2).text(duration / .seconds(1))
    }
}

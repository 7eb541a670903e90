import Glibc

/// log Σ exp(x) while the terms come in: the largest term so far, and the sum relative to it.
struct LogSum {
    private var largest = -Double.infinity
    private var sum = 0.0

    @inline(__always)
    func adding(_ term: Double) -> LogSum {
        var next = self
        if term.isNaN || largest.isNaN {
            next.largest = .nan
        } else if term > largest {
            // The first term: exp(-inf - x) is 0, so the empty sum vanishes.
            next.sum = term == .infinity ? 1 : sum * exp(largest - term) + 1
            next.largest = term
        } else if term > -.infinity {
            next.sum += largest == .infinity ? 0 : exp(term - largest)
        }
        return next
    }

    /// The logarithm; -infinity without terms.
    var value: Double { largest.isFinite ? largest + log(sum) : largest }
}

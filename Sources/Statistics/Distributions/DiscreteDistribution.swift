import Glibc

/// A probability distribution on the non-negative integers.
public protocol DiscreteDistribution: Sendable {
    /// The logarithm of the probability of `count`; −∞ outside the support.
    func logPMF(_ count: Int) -> Double
    /// The probability of a value at or below `count`.
    func cdf(_ count: Int) -> Double
    /// The probability of a value above `count`, accurate where it is tiny.
    func survival(_ count: Int) -> Double
    /// The smallest count whose lower tail reaches `probability`; nil outside 0...1 or where no count reaches it.
    func quantile(_ probability: Double) -> Int?
    /// The expectation.
    var mean: Double { get }
    /// The variance.
    var variance: Double { get }
}

extension DiscreteDistribution {
    /// The probability of `count`.
    public func pmf(_ count: Int) -> Double { exp(logPMF(count)) }

    /// The smallest count in 0...limit whose lower tail reaches `probability`, by doubling steps and bisection.
    func smallestCount(reaching probability: Double, limit: Int) -> Int {
        // A little slack, as in R: quantile(cdf(k)) must be k in spite of rounding.
        let reached: (Int) -> Bool = { count in
            probability > 0.5
                ? survival(count) <= (1 - probability) * (1 + 1e-14)
                : cdf(count) >= probability * (1 - 1e-14)
        }
        let guess: Double = mean + standardNormalQuantile(probability) * sqrt(variance)
        var high: Int = min(limit, max(0, guess.isFinite ? Int(min(guess, 9e17)) : 0))
        var step: Int = 1
        var low: Int = -1
        if reached(high) {
            while high - step >= 0, reached(high - step) {
                high -= step
                step *= 2
            }
            low = max(-1, high - step)
        } else {
            low = high
            while true {
                high = min(limit, low + step)
                if high == limit || reached(high) { break }
                low = high
                step *= 2
            }
        }
        while high - low > 1 {
            let middle: Int = low + (high - low) / 2
            if reached(middle) { high = middle } else { low = middle }
        }
        return high
    }
}

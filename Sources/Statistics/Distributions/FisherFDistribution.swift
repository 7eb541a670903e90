import Glibc

/// Fisher's F: the ratio of two independent mean squares.
public struct FisherFDistribution: ContinuousDistribution, Hashable {
    /// Degrees of freedom of the numerator.
    public let numerator: Double
    /// Degrees of freedom of the denominator.
    public let denominator: Double

    /// Creates the distribution; stops the program unless both degrees of freedom are above zero.
    public init(numerator: Double, denominator: Double) {
        requireParameter(
            numerator > 0 && numerator.isFinite && denominator > 0 && denominator.isFinite,
            "An F distribution needs degrees of freedom above zero, not \(numerator) and \(denominator).")
        self.numerator = numerator
        self.denominator = denominator
    }

    /// The expectation.
    public var mean: Double { denominator > 2 ? denominator / (denominator - 2) : .infinity }

    /// The expected squared distance from the mean.
    public var variance: Double {
        if denominator <= 4 { return denominator > 2 ? .infinity : .nan }
        let ratio: Double = denominator / (denominator - 2)
        return 2 * ratio * ratio * (numerator + denominator - 2) / (numerator * (denominator - 4))
    }

    /// The logarithm of the density at `x`.
    public func logPDF(_ x: Double) -> Double {
        if x.isNaN { return .nan }
        if x < 0 || x == .infinity { return -.infinity }
        if x == 0 {
            if numerator < 2 { return .infinity }
            return numerator == 2 ? 0 : -.infinity
        }
        let share = shares(x)
        let half: Double = 0.5 * numerator * log(share.x) + 0.5 * denominator * log(share.complement)
        return half - log(x) - logBeta(0.5 * numerator, 0.5 * denominator)
    }

    /// The probability of the given value or less.
    public func cdf(_ x: Double) -> Double { tails(x).lower }
    /// The probability of more than the given value.
    public func survival(_ x: Double) -> Double { tails(x).upper }

    /// The value whose lower tail is `probability`.
    public func quantile(_ probability: Double) -> Double {
        if !(probability >= 0 && probability <= 1) { return .nan }
        return quantile(lower: probability, upper: 1 - probability)
    }

    /// The value whose upper tail is `probability`.
    public func quantile(upperTail probability: Double) -> Double {
        if !(probability >= 0 && probability <= 1) { return .nan }
        return quantile(lower: 1 - probability, upper: probability)
    }

    private func quantile(lower: Double, upper: Double) -> Double {
        let beta = BetaDistribution(0.5 * numerator, 0.5 * denominator)
        let share = beta.quantilePair(lower: lower, upper: upper)
        if share.complement == 0 { return .infinity }
        return denominator * share.x / (numerator * share.complement)
    }

    /// The beta variable that belongs to x, and its complement without cancellation.
    private func shares(_ x: Double) -> (x: Double, complement: Double) {
        let weighted: Double = numerator * x
        let total: Double = weighted + denominator
        if total == .infinity { return (1, denominator / weighted) }
        return (weighted / total, denominator / total)
    }

    private func tails(_ x: Double) -> (lower: Double, upper: Double) {
        if x.isNaN { return (.nan, .nan) }
        if x <= 0 { return (0, 1) }
        if x == .infinity { return (1, 0) }
        let share = shares(x)
        return regularizedIncompleteBeta(0.5 * numerator, 0.5 * denominator, share.x, complement: share.complement)
    }
}

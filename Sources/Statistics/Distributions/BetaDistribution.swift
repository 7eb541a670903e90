import Glibc

/// The beta distribution on 0...1 with density x^(a−1) (1 − x)^(b−1) / B(a, b).
public struct BetaDistribution: ContinuousDistribution, Hashable {
    /// The exponent of x plus one.
    public let a: Double
    /// The exponent of 1 − x plus one.
    public let b: Double

    /// Creates the distribution; stops the program unless both shapes are above zero.
    public init(_ a: Double, _ b: Double) {
        requireParameter(
            a > 0 && a.isFinite && b > 0 && b.isFinite,
            "A beta distribution needs two shapes above zero, not \(a) and \(b).")
        self.a = a
        self.b = b
    }

    /// The expectation.
    public var mean: Double { a / (a + b) }
    /// The expected squared distance from the mean.
    public var variance: Double {
        let total: Double = a + b
        return a / total * (b / total) / (total + 1)
    }

    /// The logarithm of the density at `x`.
    public func logPDF(_ x: Double) -> Double {
        if x.isNaN { return .nan }
        if x < 0 || x > 1 { return -.infinity }
        let left: Double = a == 1 ? 0 : (a - 1) * log(x)
        let right: Double = b == 1 ? 0 : (b - 1) * log1p(-x)
        return left + right - logBeta(a, b)
    }

    /// The probability of the given value or less.
    public func cdf(_ x: Double) -> Double {
        x.isNaN ? .nan : regularizedIncompleteBeta(a, b, min(max(x, 0), 1)).lower
    }

    /// The probability of more than the given value.
    public func survival(_ x: Double) -> Double {
        x.isNaN ? .nan : regularizedIncompleteBeta(a, b, min(max(x, 0), 1)).upper
    }

    /// The value whose lower tail is `probability`.
    public func quantile(_ probability: Double) -> Double {
        if !(probability >= 0 && probability <= 1) { return .nan }
        let pair = quantilePair(lower: probability, upper: 1 - probability)
        return pair.x
    }

    /// The value whose upper tail is `probability`.
    public func quantile(upperTail probability: Double) -> Double {
        if !(probability >= 0 && probability <= 1) { return .nan }
        let pair = quantilePair(lower: 1 - probability, upper: probability)
        return pair.x
    }

    /// The quantile x and 1 − x, each to full relative precision; the smaller of the two tails is solved for.
    func quantilePair(lower: Double, upper: Double) -> (x: Double, complement: Double) {
        if lower <= 0 { return (0, 1) }
        if upper <= 0 { return (1, 0) }
        let middle = regularizedIncompleteBeta(a, b, 0.5)
        if lower <= middle.lower {
            let x: Double = solve(lower: lower, upper: upper)
            return (x, 1 - x)
        }
        let complement: Double = BetaDistribution(b, a).solve(lower: upper, upper: lower)
        return (1 - complement, complement)
    }

    /// The quantile where it is known to be at most one half.
    private func solve(lower: Double, upper: Double) -> Double {
        let density: (Double) -> Double = { x in betaPrefactor(a, b, x, 1 - x) / (x * (1 - x)) }
        if lower <= 0.5 {
            let leading: Double = exp((log(lower) + log(a) + logBeta(a, b)) / a)
            let guess: Double = leading < 0.5 ? leading : mean
            return positiveQuantile(
                target: lower, start: guess, increasing: true,
                tail: { $0 >= 1 ? 1 : regularizedIncompleteBeta(a, b, $0).lower },
                density: { $0 >= 1 ? 0 : density($0) })
        }
        return positiveQuantile(
            target: upper, start: mean, increasing: false,
            tail: { $0 >= 1 ? 0 : regularizedIncompleteBeta(a, b, $0).upper },
            density: { $0 >= 1 ? 0 : density($0) })
    }
}

import Glibc

/// The uniform distribution between two bounds.
public struct UniformDistribution: ContinuousDistribution, Hashable {
    /// The lower bound.
    public let lower: Double
    /// The upper bound.
    public let upper: Double

    /// Creates the distribution; stops the program unless the bounds are finite and increasing.
    public init(lower: Double = 0, upper: Double = 1) {
        requireParameter(
            lower.isFinite && upper.isFinite && lower < upper,
            "A uniform distribution needs finite bounds with lower < upper, not \(lower) and \(upper).")
        self.lower = lower
        self.upper = upper
    }

    /// The expectation.
    public var mean: Double { 0.5 * lower + 0.5 * upper }
    /// The expected squared distance from the mean.
    public var variance: Double { (upper - lower) * (upper - lower) / 12 }

    /// The logarithm of the density at `x`.
    public func logPDF(_ x: Double) -> Double {
        if x.isNaN { return .nan }
        return x < lower || x > upper ? -.infinity : -log(upper - lower)
    }

    /// The probability of the given value or less.
    public func cdf(_ x: Double) -> Double { x.isNaN ? .nan : min(max((x - lower) / (upper - lower), 0), 1) }
    /// The probability of more than the given value.
    public func survival(_ x: Double) -> Double { x.isNaN ? .nan : min(max((upper - x) / (upper - lower), 0), 1) }

    /// The value whose lower tail is `probability`.
    public func quantile(_ probability: Double) -> Double {
        if !(probability >= 0 && probability <= 1) { return .nan }
        return lower + probability * (upper - lower)
    }

    /// The value whose upper tail is `probability`.
    public func quantile(upperTail probability: Double) -> Double {
        if !(probability >= 0 && probability <= 1) { return .nan }
        return upper - probability * (upper - lower)
    }
}

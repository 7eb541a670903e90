import Glibc

/// The exponential distribution with survival e^(−rate·x).
public struct ExponentialDistribution: ContinuousDistribution, Hashable {
    /// One over the mean.
    public let rate: Double

    /// Creates the distribution; stops the program unless `rate` is above zero.
    public init(rate: Double) {
        requireParameter(
            rate > 0 && rate.isFinite, "An exponential distribution needs a rate above zero, not \(rate).")
        self.rate = rate
    }

    /// The expectation.
    public var mean: Double { 1 / rate }
    /// The expected squared distance from the mean.
    public var variance: Double { 1 / (rate * rate) }
    /// The logarithm of the density at `x`.
    public func logPDF(_ x: Double) -> Double { x < 0 ? -.infinity : log(rate) - rate * x }
    /// The probability of the given value or less.
    public func cdf(_ x: Double) -> Double { x < 0 ? 0 : -expm1(-rate * x) }
    /// The probability of more than the given value.
    public func survival(_ x: Double) -> Double { x < 0 ? 1 : exp(-rate * x) }

    /// The value whose lower tail is `probability`.
    public func quantile(_ probability: Double) -> Double {
        if !(probability >= 0 && probability <= 1) { return .nan }
        return -log1p(-probability) / rate
    }

    /// The value whose upper tail is `probability`.
    public func quantile(upperTail probability: Double) -> Double {
        if !(probability >= 0 && probability <= 1) { return .nan }
        return -log(probability) / rate
    }
}

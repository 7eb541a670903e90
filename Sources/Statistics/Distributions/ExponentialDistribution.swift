import Glibc

/// The exponential distribution with survival e^(−rate·x).
public struct ExponentialDistribution: ContinuousDistribution, Hashable {
    public let rate: Double

    /// Creates the distribution; stops the program unless `rate` is above zero.
    public init(rate: Double) {
        requireParameter(
            rate > 0 && rate.isFinite, "An exponential distribution needs a rate above zero, not \(rate).")
        self.rate = rate
    }

    public var mean: Double { 1 / rate }
    public var variance: Double { 1 / (rate * rate) }
    public func logPDF(_ x: Double) -> Double { x < 0 ? -.infinity : log(rate) - rate * x }
    public func cdf(_ x: Double) -> Double { x < 0 ? 0 : -expm1(-rate * x) }
    public func survival(_ x: Double) -> Double { x < 0 ? 1 : exp(-rate * x) }

    public func quantile(_ probability: Double) -> Double {
        if !(probability >= 0 && probability <= 1) { return .nan }
        return -log1p(-probability) / rate
    }

    public func quantile(upperTail probability: Double) -> Double {
        if !(probability >= 0 && probability <= 1) { return .nan }
        return -log(probability) / rate
    }
}

import Glibc

/// The uniform distribution between two bounds.
public struct UniformDistribution: ContinuousDistribution, Hashable {
    public let lower: Double
    public let upper: Double

    /// Creates the distribution; stops the program unless the bounds are finite and increasing.
    public init(lower: Double = 0, upper: Double = 1) {
        requireParameter(
            lower.isFinite && upper.isFinite && lower < upper,
            "A uniform distribution needs finite bounds with lower < upper, not \(lower) and \(upper).")
        self.lower = lower
        self.upper = upper
    }

    public var mean: Double { 0.5 * lower + 0.5 * upper }
    public var variance: Double { (upper - lower) * (upper - lower) / 12 }

    public func logPDF(_ x: Double) -> Double {
        if x.isNaN { return .nan }
        return x < lower || x > upper ? -.infinity : -log(upper - lower)
    }

    public func cdf(_ x: Double) -> Double { x.isNaN ? .nan : min(max((x - lower) / (upper - lower), 0), 1) }
    public func survival(_ x: Double) -> Double { x.isNaN ? .nan : min(max((upper - x) / (upper - lower), 0), 1) }

    public func quantile(_ probability: Double) -> Double {
        if !(probability >= 0 && probability <= 1) { return .nan }
        return lower + probability * (upper - lower)
    }

    public func quantile(upperTail probability: Double) -> Double {
        if !(probability >= 0 && probability <= 1) { return .nan }
        return upper - probability * (upper - lower)
    }
}

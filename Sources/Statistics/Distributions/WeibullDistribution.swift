import Glibc

/// The Weibull distribution with survival exp(−(x/scale)^shape).
public struct WeibullDistribution: ContinuousDistribution, Hashable {
    /// The shape parameter, above zero.
    public let shape: Double
    /// The scale parameter, above zero.
    public let scale: Double

    /// Creates the distribution; stops the program unless both parameters are above zero.
    public init(shape: Double, scale: Double) {
        requireParameter(
            shape > 0 && shape.isFinite && scale > 0 && scale.isFinite,
            "A Weibull distribution needs a shape and a scale above zero, not \(shape) and \(scale).")
        self.shape = shape
        self.scale = scale
    }

    /// The expectation.
    public var mean: Double { scale * tgamma(1 + 1 / shape) }

    /// The expected squared distance from the mean.
    public var variance: Double {
        let first: Double = tgamma(1 + 1 / shape)
        return scale * scale * (tgamma(1 + 2 / shape) - first * first)
    }

    /// The logarithm of the density at `x`.
    public func logPDF(_ x: Double) -> Double {
        if x.isNaN { return .nan }
        if x < 0 || x == .infinity { return -.infinity }
        let z: Double = x / scale
        let powerTerm: Double = shape == 1 ? 0 : (shape - 1) * log(z)
        return log(shape / scale) + powerTerm - pow(z, shape)
    }

    /// The probability of the given value or less.
    public func cdf(_ x: Double) -> Double { x > 0 ? -expm1(-pow(x / scale, shape)) : (x.isNaN ? .nan : 0) }
    /// The probability of more than the given value.
    public func survival(_ x: Double) -> Double { x > 0 ? exp(-pow(x / scale, shape)) : (x.isNaN ? .nan : 1) }

    /// The value whose lower tail is `probability`.
    public func quantile(_ probability: Double) -> Double {
        if !(probability >= 0 && probability <= 1) { return .nan }
        return scale * pow(-log1p(-probability), 1 / shape)
    }

    /// The value whose upper tail is `probability`.
    public func quantile(upperTail probability: Double) -> Double {
        if !(probability >= 0 && probability <= 1) { return .nan }
        return scale * pow(-log(probability), 1 / shape)
    }
}

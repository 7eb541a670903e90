import Glibc

/// The normal (Gaussian) distribution.
public struct NormalDistribution: ContinuousDistribution, Hashable {
    /// The expectation.
    public let mean: Double
    /// The square root of the variance, above zero.
    public let standardDeviation: Double

    /// Creates N(mean, standardDeviation²); stops the program unless `standardDeviation` is above zero.
    public init(mean: Double = 0, standardDeviation: Double = 1) {
        requireParameter(
            mean.isFinite && standardDeviation > 0 && standardDeviation.isFinite,
            "A normal distribution needs a finite mean and a standard deviation above zero, not \(mean) and \(standardDeviation)."
        )
        self.mean = mean
        self.standardDeviation = standardDeviation
    }

    /// The distribution with mean 0 and variance 1.
    public static let standard = NormalDistribution()

    /// The expected squared distance from the mean.
    public var variance: Double { standardDeviation * standardDeviation }

    /// The logarithm of the density at `x`.
    public func logPDF(_ x: Double) -> Double {
        let z: Double = (x - mean) / standardDeviation
        return -0.5 * z * z - 0.5 * log(2 * Double.pi) - log(standardDeviation)
    }

    /// The probability of the given value or less.
    public func cdf(_ x: Double) -> Double {
        0.5 * erfc(-(x - mean) / standardDeviation * 0.5.squareRoot())
    }

    /// The probability of more than the given value.
    public func survival(_ x: Double) -> Double {
        0.5 * erfc((x - mean) / standardDeviation * 0.5.squareRoot())
    }

    /// The value whose lower tail is `probability`.
    public func quantile(_ probability: Double) -> Double {
        mean + standardDeviation * standardNormalQuantile(probability)
    }

    /// The value whose upper tail is `probability`.
    public func quantile(upperTail probability: Double) -> Double {
        mean - standardDeviation * standardNormalQuantile(probability)
    }
}

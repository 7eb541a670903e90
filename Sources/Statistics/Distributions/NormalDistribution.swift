import Glibc

/// The normal (Gaussian) distribution.
public struct NormalDistribution: ContinuousDistribution, Hashable {
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

    public var variance: Double { standardDeviation * standardDeviation }

    public func logPDF(_ x: Double) -> Double {
        let z: Double = (x - mean) / standardDeviation
        return -0.5 * z * z - 0.5 * log(2 * Double.pi) - log(standardDeviation)
    }

    public func cdf(_ x: Double) -> Double {
        0.5 * erfc(-(x - mean) / standardDeviation * 0.5.squareRoot())
    }

    public func survival(_ x: Double) -> Double {
        0.5 * erfc((x - mean) / standardDeviation * 0.5.squareRoot())
    }

    public func quantile(_ probability: Double) -> Double {
        mean + standardDeviation * standardNormalQuantile(probability)
    }

    public func quantile(upperTail probability: Double) -> Double {
        mean - standardDeviation * standardNormalQuantile(probability)
    }
}

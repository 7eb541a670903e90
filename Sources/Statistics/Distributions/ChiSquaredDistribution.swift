/// The distribution of a sum of squares of independent standard normal variables.
public struct ChiSquaredDistribution: ContinuousDistribution, Hashable {
    /// The degrees of freedom, above zero.
    public let degreesOfFreedom: Double
    private let gamma: GammaDistribution

    /// Creates the distribution; stops the program unless `degreesOfFreedom` is above zero.
    public init(degreesOfFreedom: Double) {
        requireParameter(
            degreesOfFreedom > 0 && degreesOfFreedom.isFinite,
            "A chi-squared distribution needs degrees of freedom above zero, not \(degreesOfFreedom).")
        self.degreesOfFreedom = degreesOfFreedom
        gamma = GammaDistribution(shape: 0.5 * degreesOfFreedom, rate: 0.5)
    }

    /// The expectation.
    public var mean: Double { degreesOfFreedom }
    /// The expected squared distance from the mean.
    public var variance: Double { 2 * degreesOfFreedom }
    /// The logarithm of the density at `x`.
    public func logPDF(_ x: Double) -> Double { gamma.logPDF(x) }
    /// The probability of the given value or less.
    public func cdf(_ x: Double) -> Double { gamma.cdf(x) }
    /// The probability of more than the given value.
    public func survival(_ x: Double) -> Double { gamma.survival(x) }
    /// The value whose lower tail is `probability`.
    public func quantile(_ probability: Double) -> Double { gamma.quantile(probability) }
    /// The value whose upper tail is `probability`.
    public func quantile(upperTail probability: Double) -> Double { gamma.quantile(upperTail: probability) }
}

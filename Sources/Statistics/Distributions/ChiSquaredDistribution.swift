/// The distribution of a sum of squares of independent standard normal variables.
public struct ChiSquaredDistribution: ContinuousDistribution, Hashable {
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

    public var mean: Double { degreesOfFreedom }
    public var variance: Double { 2 * degreesOfFreedom }
    public func logPDF(_ x: Double) -> Double { gamma.logPDF(x) }
    public func cdf(_ x: Double) -> Double { gamma.cdf(x) }
    public func survival(_ x: Double) -> Double { gamma.survival(x) }
    public func quantile(_ probability: Double) -> Double { gamma.quantile(probability) }
    public func quantile(upperTail probability: Double) -> Double { gamma.quantile(upperTail: probability) }
}

import Glibc

/// The gamma distribution with density rateˢ xˢ⁻¹ e^(−rate·x) / Γ(s) for shape s.
public struct GammaDistribution: ContinuousDistribution, Hashable {
    /// The shape parameter, above zero.
    public let shape: Double
    /// One over the scale.
    public let rate: Double

    /// Creates the distribution; stops the program unless both parameters are above zero.
    public init(shape: Double, rate: Double) {
        requireParameter(
            shape > 0 && shape.isFinite && rate > 0 && rate.isFinite,
            "A gamma distribution needs a shape and a rate above zero, not \(shape) and \(rate).")
        self.shape = shape
        self.rate = rate
    }

    /// The expectation.
    public var mean: Double { shape / rate }
    /// The expected squared distance from the mean.
    public var variance: Double { shape / (rate * rate) }

    /// The logarithm of the density at `x`.
    public func logPDF(_ x: Double) -> Double {
        if x.isNaN { return .nan }
        if x < 0 { return -.infinity }
        let z: Double = x * rate
        if z == 0 {
            if shape < 1 { return .infinity }
            return shape == 1 ? log(rate) : -.infinity
        }
        if z == .infinity { return -.infinity }
        if shape < 10 { return shape * log(z) - z - log(x) - logGamma(shape) }
        // Saddle-point form: the plain one cancels for large shapes.
        return -stirlingRemainder(shape) - devianceTerm(shape, z) + 0.5 * log(shape / (2 * Double.pi)) - log(x)
    }

    /// The probability of the given value or less.
    public func cdf(_ x: Double) -> Double {
        x.isNaN ? .nan : regularizedIncompleteGamma(shape, max(0, x * rate)).lower
    }

    /// The probability of more than the given value.
    public func survival(_ x: Double) -> Double {
        x.isNaN ? .nan : regularizedIncompleteGamma(shape, max(0, x * rate)).upper
    }

    /// The value whose lower tail is `probability`.
    public func quantile(_ probability: Double) -> Double {
        if !(probability >= 0 && probability <= 1) { return .nan }
        if probability == 0 { return 0 }
        if probability == 1 { return .infinity }
        if probability > 0.5 { return quantile(upperTail: 1 - probability) }
        return solve(lowerTail: probability) / rate
    }

    /// The value whose upper tail is `probability`.
    public func quantile(upperTail probability: Double) -> Double {
        if !(probability >= 0 && probability <= 1) { return .nan }
        if probability == 0 { return .infinity }
        if probability == 1 { return 0 }
        // Above one half the complement is exact to rounding, and small x need the lower tail's precision.
        if probability > 0.5 { return solve(lowerTail: 1 - probability) / rate }
        return positiveQuantile(
            target: probability, start: start(-standardNormalQuantile(probability)), increasing: false,
            tail: { regularizedIncompleteGamma(shape, $0).upper }, density: unitDensity)
            / rate
    }

    private func solve(lowerTail probability: Double) -> Double {
        // Leading term of the lower tail, exact for tiny probabilities: x = (p Γ(s + 1))^(1/s).
        let leading: Double = exp((log(probability) + logGamma(shape + 1)) / shape)
        let guess: Double = leading < 0.2 * (shape + 1) ? leading : start(standardNormalQuantile(probability))
        return positiveQuantile(
            target: probability, start: guess, increasing: true,
            tail: { regularizedIncompleteGamma(shape, $0).lower }, density: unitDensity)
    }

    /// The cube-root normal approximation of Wilson and Hilferty.
    private func start(_ z: Double) -> Double {
        let ninth: Double = 1 / (9 * shape)
        let root: Double = 1 - ninth + z * sqrt(ninth)
        return max(shape * root * root * root, 1e-3 * min(1, shape))
    }

    private func unitDensity(_ x: Double) -> Double { gammaPrefactor(shape, x) * shape / x }
}

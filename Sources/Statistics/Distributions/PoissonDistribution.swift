import Glibc

/// The Poisson distribution of a count with a given mean.
public struct PoissonDistribution: DiscreteDistribution, Hashable {
    /// The expected count, above zero.
    public let mean: Double

    /// Creates the distribution; stops the program unless `mean` is above zero and at most 1e15.
    public init(mean: Double) {
        requireParameter(
            mean > 0 && mean <= 1e15, "A Poisson distribution needs a mean above zero and at most 1e15, not \(mean).")
        self.mean = mean
    }

    /// The expected squared distance from the mean.
    public var variance: Double { mean }

    /// The logarithm of the probability of `count`.
    public func logPMF(_ count: Int) -> Double {
        if count < 0 { return -.infinity }
        if count == 0 { return -mean }
        let x: Double = Double(count)
        return -stirlingRemainder(x) - devianceTerm(x, mean) - 0.5 * log(2 * Double.pi * x)
    }

    /// The probability of the given value or less.
    public func cdf(_ count: Int) -> Double {
        count < 0 ? 0 : regularizedIncompleteGamma(Double(count) + 1, mean).upper
    }

    /// The probability of more than the given value.
    public func survival(_ count: Int) -> Double {
        count < 0 ? 1 : regularizedIncompleteGamma(Double(count) + 1, mean).lower
    }

    /// The value whose lower tail is `probability`.
    public func quantile(_ probability: Double) -> Int? {
        if !(probability >= 0 && probability < 1) { return nil }
        return smallestCount(reaching: probability, limit: Int.max / 4)
    }
}

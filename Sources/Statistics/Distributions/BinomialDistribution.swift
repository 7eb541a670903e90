import Glibc

/// The distribution of the number of successes in independent trials.
public struct BinomialDistribution: DiscreteDistribution, Hashable {
    /// The number of trials.
    public let trials: Int
    /// The probability of a success in each trial.
    public let probability: Double

    /// Creates the distribution; stops the program unless `trials` ≥ 0 and `probability` lies in 0...1.
    public init(trials: Int, probability: Double) {
        requireParameter(
            trials >= 0 && probability >= 0 && probability <= 1,
            "A binomial distribution needs trials ≥ 0 and a probability in 0...1, not \(trials) and \(probability).")
        self.trials = trials
        self.probability = probability
    }

    /// The expectation.
    public var mean: Double { Double(trials) * probability }
    /// The expected squared distance from the mean.
    public var variance: Double { Double(trials) * probability * (1 - probability) }

    /// Loader's saddle-point form (2000).
    public func logPMF(_ count: Int) -> Double {
        if count < 0 || count > trials { return -.infinity }
        if probability == 0 { return count == 0 ? 0 : -.infinity }
        if probability == 1 { return count == trials ? 0 : -.infinity }
        let n: Double = Double(trials)
        let x: Double = Double(count)
        if count == 0 { return n * log1p(-probability) }
        if count == trials { return n * log(probability) }
        let failures: Double = n - x
        let remainder: Double = stirlingRemainder(n) - stirlingRemainder(x) - stirlingRemainder(failures)
        let deviance: Double = devianceTerm(x, n * probability) + devianceTerm(failures, n * (1 - probability))
        return remainder - deviance - 0.5 * log(2 * Double.pi * x * failures / n)
    }

    /// The probability of the given value or less.
    public func cdf(_ count: Int) -> Double { tails(count).lower }
    /// The probability of more than the given value.
    public func survival(_ count: Int) -> Double { tails(count).upper }

    /// The value whose lower tail is `probability`.
    public func quantile(_ probability: Double) -> Int? {
        if !(probability >= 0 && probability <= 1) { return nil }
        if probability == 0 || trials == 0 { return 0 }
        if probability == 1 { return self.probability == 0 ? 0 : trials }
        return smallestCount(reaching: probability, limit: trials)
    }

    private func tails(_ count: Int) -> (lower: Double, upper: Double) {
        if count < 0 { return (0, 1) }
        if count >= trials { return (1, 0) }
        let x: Double = Double(count)
        let beta = regularizedIncompleteBeta(x + 1, Double(trials) - x, probability)
        return (beta.upper, beta.lower)
    }
}

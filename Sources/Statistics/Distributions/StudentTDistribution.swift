import Glibc

/// Student's t distribution.
public struct StudentTDistribution: ContinuousDistribution, Hashable {
    /// The degrees of freedom, above zero.
    public let degreesOfFreedom: Double

    /// Creates the distribution; stops the program unless `degreesOfFreedom` is above zero and finite.
    public init(degreesOfFreedom: Double) {
        requireParameter(
            degreesOfFreedom > 0 && degreesOfFreedom.isFinite,
            "A t distribution needs finite degrees of freedom above zero, not \(degreesOfFreedom).")
        self.degreesOfFreedom = degreesOfFreedom
    }

    /// The expectation.
    public var mean: Double { degreesOfFreedom > 1 ? 0 : .nan }

    /// The expected squared distance from the mean.
    public var variance: Double {
        if degreesOfFreedom > 2 { return degreesOfFreedom / (degreesOfFreedom - 2) }
        return degreesOfFreedom > 1 ? .infinity : .nan
    }

    /// The logarithm of the density at `x`.
    public func logPDF(_ x: Double) -> Double {
        if x.isInfinite { return -.infinity }
        let n: Double = degreesOfFreedom
        // log1p(x²/n), written so that x² cannot overflow.
        let spread: Double = abs(x) > 1e140 * max(1, n) ? 2 * log(abs(x)) - log(n) : log1p(x * x / n)
        return -0.5 * (n + 1) * spread - 0.5 * log(n) - logBeta(0.5 * n, 0.5)
    }

    /// The probability of the given value or less.
    public func cdf(_ x: Double) -> Double { survival(-x) }

    /// The probability of more than the given value.
    public func survival(_ x: Double) -> Double {
        if x.isNaN { return .nan }
        let tail: Double = 0.5 * squareTails(abs(x)).upper
        return x >= 0 ? tail : 1 - tail
    }

    /// The value whose lower tail is `probability`.
    public func quantile(_ probability: Double) -> Double {
        if !(probability >= 0 && probability <= 1) { return .nan }
        return probability > 0.5 ? quantile(upperTail: 1 - probability) : -quantile(upperTail: probability)
    }

    /// The value whose upper tail is `probability`.
    public func quantile(upperTail probability: Double) -> Double {
        if !(probability >= 0 && probability <= 1) { return .nan }
        if probability > 0.5 { return -quantile(upperTail: 1 - probability) }
        if probability == 0.5 { return 0 }
        if probability == 0 { return .infinity }
        if probability > 0.25 {
            // Near the centre the distance to one half is what carries the digits.
            let central: Double = 1 - 2 * probability
            return positiveQuantile(
                target: central, start: -standardNormalQuantile(probability), increasing: true,
                tail: { squareTails($0).lower }, density: { 2 * pdf($0) })
        }
        // Leading term of the upper tail, t = (n^(n/2 − 1) / (p B(n/2, 1/2)))^(1/n), for heavy tails.
        let n: Double = degreesOfFreedom
        let leading: Double = exp(((0.5 * n - 1) * log(n) - log(probability) - logBeta(0.5 * n, 0.5)) / n)
        let normal: Double = -standardNormalQuantile(probability)
        return positiveQuantile(
            target: probability, start: n < 4 ? max(leading, normal) : normal, increasing: false,
            tail: { 0.5 * squareTails($0).upper }, density: { pdf($0) })
    }

    /// The probabilities of T² below and above x².
    private func squareTails(_ x: Double) -> (lower: Double, upper: Double) {
        if x == 0 { return (0, 1) }
        if x == .infinity { return (1, 0) }
        let n: Double = degreesOfFreedom
        if x > 1e140 * max(1, n) {
            // x² would overflow; only the leading term of the tail is left there.
            let logTail: Double = 0.5 * n * (log(n) - 2 * log(x)) - log(0.5 * n) - logBeta(0.5 * n, 0.5)
            return (1, exp(logTail))
        }
        let share: Double = x * x / (n + x * x)
        let complement: Double = n / (n + x * x)
        return regularizedIncompleteBeta(0.5, 0.5 * n, share, complement: complement)
    }
}

import Glibc

/// A probability distribution on the real line that has a density.
///
/// ```swift
/// let t = StudentTDistribution(degreesOfFreedom: 11)
/// t.quantile(0.975)                        // 2.2009…
/// 2 * t.survival(2.5)                      // two-sided p-value
/// ```
public protocol ContinuousDistribution: Sendable {
    /// The logarithm of the density at `x`; −∞ outside the support.
    func logPDF(_ x: Double) -> Double
    /// The probability of a value at or below `x`.
    func cdf(_ x: Double) -> Double
    /// The probability of a value above `x`, accurate where it is tiny.
    func survival(_ x: Double) -> Double
    /// The x at which the lower tail is `probability`; NaN outside 0...1.
    func quantile(_ probability: Double) -> Double
    /// The x at which the upper tail is `probability`, accurate where it is tiny; NaN outside 0...1.
    func quantile(upperTail probability: Double) -> Double
    /// The expectation; NaN or infinite where the integral is.
    var mean: Double { get }
    /// The variance; NaN or infinite where the integral is.
    var variance: Double { get }
}

extension ContinuousDistribution {
    /// The density at `x`; zero outside the support.
    public func pdf(_ x: Double) -> Double { exp(logPDF(x)) }
}

/// The x > 0 at which a tail probability equals its target, by Newton steps on log tail against log x inside a bracket.
///
/// In these coordinates the tails of every distribution here are nearly straight, so Newton needs few steps even
/// for probabilities near the smallest representable number.
///
/// - Parameters:
///   - target: The wanted tail, strictly between 0 and 1.
///   - start: A first guess above zero.
///   - increasing: Whether the tail grows with x (a lower tail) or falls (an upper tail).
///   - tail: The tail probability at x.
///   - density: The density at x.
func positiveQuantile(
    target: Double, start: Double, increasing: Bool,
    tail: (Double) -> Double, density: (Double) -> Double
) -> Double {
    let logTarget: Double = log(target)
    var low: Double = Double.leastNonzeroMagnitude
    var high: Double = Double.greatestFiniteMagnitude
    var x: Double = start > low && start < high ? start : 1
    for _ in 0..<400 {
        let value: Double = tail(x)
        if value == target { return x }
        if (value < target) == increasing { low = x } else { high = x }
        // A Newton step of log x; where the tail has under- or overflowed there is none.
        let slope: Double = density(x) * x / value
        let error: Double = log(value) - logTarget
        let step: Double = (increasing ? -error : error) / slope
        var next: Double = abs(step) < 700 ? x + x * expm1(step) : .nan
        if !(next > low && next < high) {
            if abs(step) < 1e-15 { return x }
            next = low.squareRoot() * high.squareRoot()
            if !(next > low && next < high) { return next }
        }
        if abs(step) < 1e-15 || next == x { return next }
        x = next
    }
    return x
}

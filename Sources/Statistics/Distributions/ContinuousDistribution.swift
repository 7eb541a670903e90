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
    // Bounds of log x within Double's range.
    var low: Double = -745
    var high: Double = 709.7
    var position: Double = min(max(log(start), low + 1), high - 1)
    if !position.isFinite { position = 0 }
    var best: Double = exp(position)
    for _ in 0..<400 {
        let x: Double = exp(position)
        let value: Double = tail(x)
        best = x
        if value == target { return x }
        if (value < target) == increasing { low = position } else { high = position }
        let slope: Double = density(x) * x / value
        var next: Double = .nan
        if value > 0, slope > 0 {
            let error: Double = log(value) - logTarget
            next = position - (increasing ? error : -error) / slope
        }
        if !(next > low && next < high) { next = 0.5 * (low + high) }
        if abs(next - position) <= 1e-16 + 1e-16 * abs(position) || next == low || next == high {
            return exp(next)
        }
        // One last step corrects x itself: the rounding of log x costs |log x| units in the last place.
        if abs(next - position) < 1e-9 {
            let polished: Double = x * exp(next - position)
            let residual: Double = log(tail(polished)) - logTarget
            let polishedSlope: Double = density(polished) * polished / tail(polished)
            let correction: Double = (increasing ? residual : -residual) / polishedSlope
            return correction.isFinite && abs(correction) < 1e-9 ? polished * exp(-correction) : polished
        }
        position = next
    }
    return best
}

import Glibc

/// Both regularised incomplete beta functions: I_x(a, b) in `lower` and 1 − I_x(a, b) in `upper`.
///
/// Continued fraction from whichever end converges faster, with Loader's saddle-point prefactor;
/// about 1e-13 relative in both tails. Cost O(√max(a, b)); beyond 1e10 the gamma and normal limits take over.
///
/// - Parameters:
///   - a: First shape, above zero.
///   - b: Second shape, above zero.
///   - x: The upper limit of the integral, in 0...1.
///   - complement: 1 − x, where the caller knows it more exactly than the subtraction would give.
public func regularizedIncompleteBeta(
    _ a: Double, _ b: Double, _ x: Double, complement: Double? = nil
) -> (lower: Double, upper: Double) {
    let y: Double = complement ?? (1 - x)
    if a.isNaN || b.isNaN || x.isNaN || a <= 0 || b <= 0 || x < 0 || y < 0 { return (.nan, .nan) }
    if x == 0 { return (0, 1) }
    if y == 0 { return (1, 0) }
    if max(a, b) > 1e10 { return limitingIncompleteBeta(a, b, x, y) }
    if x <= (a + 1) / (a + b + 2) {
        let lower: Double = betaContinuedFraction(a, b, x, y)
        // With a tiny first shape almost all mass can lie below x; then the small tail needs its own fraction.
        let upper: Double = lower > 0.9 && x > 1e-6 ? betaContinuedFraction(b, a, y, x) : 1 - lower
        return (lower, upper)
    }
    let upper: Double = betaContinuedFraction(b, a, y, x)
    let lower: Double = upper > 0.9 && y > 1e-6 ? betaContinuedFraction(a, b, x, y) : 1 - upper
    return (lower, upper)
}

/// xᵃ yᵇ / B(a, b) for x + y = 1.
func betaPrefactor(_ a: Double, _ b: Double, _ x: Double, _ y: Double) -> Double {
    if min(a, b) < 1 || x == 0 || y == 0 {
        // Whichever of x and y is near one has its logarithm taken through the other, which holds the digits.
        let logX: Double = x < 0.5 ? log(x) : log1p(-y)
        let logY: Double = y < 0.5 ? log(y) : log1p(-x)
        return exp(a * logX + b * logY - logBeta(a, b))
    }
    let n: Double = a + b
    let remainder: Double = stirlingRemainder(n) - stirlingRemainder(a) - stirlingRemainder(b)
    let deviance: Double = devianceTerm(a, n * x) + devianceTerm(b, n * y)
    return exp(remainder - deviance) * sqrt(a * b / (2 * Double.pi * n))
}

/// Didonato and Morris's continued fraction (TOMS 708, 1992, equation 9), which takes both x and y and so keeps its
/// digits when x is close to one.
private func betaContinuedFraction(_ a: Double, _ b: Double, _ x: Double, _ y: Double) -> Double {
    let prefactor: Double = betaPrefactor(a, b, x, y)
    if prefactor == 0 { return 0 }
    let tiny: Double = 1e-300
    let offset: Double = a * y - b * x + 1
    var fraction: Double = a * offset / (a + 1)
    if abs(fraction) < tiny { fraction = tiny }
    var c: Double = fraction
    var d: Double = 0
    let limit: Int = 40_000 + Int(20 * sqrt(max(a, b)))
    for i in 1...limit {
        let m: Double = Double(i)
        let odd: Double = a + 2 * m - 1
        let growth: Double = m * (b - m) * x / odd
        let numerator: Double = (a + m - 1) / odd * (a + b + m - 1) * x * growth
        let denominator: Double = m + growth + (a + m) / (odd + 2) * (offset + m * (1 + y))
        d = denominator + numerator * d
        if abs(d) < tiny { d = tiny }
        d = 1 / d
        c = denominator + numerator / c
        if abs(c) < tiny { c = tiny }
        let change: Double = d * c
        fraction *= change
        if abs(change - 1) < 3e-16 { break }
    }
    return min(1, prefactor / fraction)
}

/// Wise's gamma approximation when one shape dwarfs the other (error O(a²/b²)), else the signed-root normal limit.
private func limitingIncompleteBeta(_ a: Double, _ b: Double, _ x: Double, _ y: Double) -> (
    lower: Double, upper: Double
) {
    if a <= b && a < 1e4 {
        let n: Double = b + 0.5 * (a - 1)
        return regularizedIncompleteGamma(a, -n * (x < 0.5 ? log1p(-x) : log(y)))
    }
    if b < 1e4 {
        let n: Double = a + 0.5 * (b - 1)
        let swapped = regularizedIncompleteGamma(b, -n * (y < 0.5 ? log1p(-y) : log(x)))
        return (swapped.upper, swapped.lower)
    }
    // Relative error of order 1/√min(a, b), below 1e-2 only in far tails; shapes this large carry no more digits
    // in x itself.
    let n: Double = a + b
    let deviance: Double = devianceTerm(a, n * x) + devianceTerm(b, n * y)
    let z: Double = (x * b >= y * a ? 1 : -1) * sqrt(deviance)
    return (0.5 * erfc(-z), 0.5 * erfc(z))
}

/// The x at which I_x(a, b) equals `probability`.
public func inverseRegularizedIncompleteBeta(_ a: Double, _ b: Double, _ probability: Double) -> Double {
    BetaDistribution(a, b).quantile(probability)
}

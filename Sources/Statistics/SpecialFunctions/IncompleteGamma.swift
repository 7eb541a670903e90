import Glibc

/// Both regularised incomplete gamma functions: P(a, x) in `lower` and Q(a, x) = 1 − P(a, x) in `upper`.
///
/// Each tail is computed directly where it is small, so both are accurate to about 1e-13 relative.
/// Series DLMF 8.11.4 and 8.7.1, continued fraction DLMF 8.9.2, Temme's uniform expansion DLMF 8.12 for a > 1e10.
/// Cost O(√a) below that.
///
/// - Parameters:
///   - a: The shape, above zero.
///   - x: The upper limit of the integral, zero or more.
public func regularizedIncompleteGamma(_ a: Double, _ x: Double) -> (lower: Double, upper: Double) {
    if a.isNaN || x.isNaN || a <= 0 || x < 0 { return (.nan, .nan) }
    if x == 0 { return (0, 1) }
    if x == .infinity { return (1, 0) }
    if a > 1e10 { return uniformIncompleteGamma(a, x) }
    if x < 1.1 && a < 1.1 && a < -0.4 / log(x / 3) { return smallShapeIncompleteGamma(a, x) }
    if x < a + 1 {
        let lower: Double = gammaSeries(a, x)
        return (lower, 1 - lower)
    }
    let upper: Double = gammaContinuedFraction(a, x)
    return (1 - upper, upper)
}

/// xᵃ e^−x / Γ(a + 1), without the cancellation of its three logarithms.
func gammaPrefactor(_ a: Double, _ x: Double) -> Double {
    if a < 1 { return exp(a * log(x) - x - logGamma(a + 1)) }
    return exp(-stirlingRemainder(a) - devianceTerm(a, x)) / sqrt(2 * Double.pi * a)
}

private func gammaSeries(_ a: Double, _ x: Double) -> Double {
    var term: Double = 1
    var sum: Double = 1
    var n: Double = a
    while term > sum * 1e-17 {
        n += 1
        term *= x / n
        sum += term
    }
    return min(1, sum * gammaPrefactor(a, x))
}

private func gammaContinuedFraction(_ a: Double, _ x: Double) -> Double {
    // Lentz's algorithm; Q = a · prefactor · f.
    let prefactor: Double = a * gammaPrefactor(a, x)
    if prefactor == 0 { return 0 }
    let tiny: Double = 1e-300
    var b: Double = x + 1 - a
    var c: Double = 1 / tiny
    var d: Double = 1 / b
    var fraction: Double = d
    let limit: Int = 1000 + Int(20 * sqrt(min(max(a, x), 1e12)))
    for i in 1...limit {
        let numerator: Double = -Double(i) * (Double(i) - a)
        b += 2
        d = numerator * d + b
        if abs(d) < tiny { d = tiny }
        c = b + numerator / c
        if abs(c) < tiny { c = tiny }
        d = 1 / d
        let change: Double = d * c
        fraction *= change
        if abs(change - 1) < 3e-16 { break }
    }
    return min(1, prefactor * fraction)
}

/// Alternating series for small a and x, where P is so close to one that Q must not be its complement.
private func smallShapeIncompleteGamma(_ a: Double, _ x: Double) -> (lower: Double, upper: Double) {
    let exponent: Double = a * log(x) - logGamma(a + 1)
    var sum: Double = 0
    var power: Double = 1
    for n in 1...60 {
        power *= -x / Double(n)
        let term: Double = power * a / (a + Double(n))
        sum += term
        if abs(term) < 1e-18 * abs(sum) { break }
    }
    let upper: Double = -expm1(exponent) - exp(exponent) * sum
    return (exp(exponent) * (1 + sum), upper)
}

/// Temme's uniform expansion (DLMF 8.12.3–8.12.11), first two coefficients: beyond a = 1e10 their truncation is
/// below rounding, and η is either tiny or the tail vanishes.
private func uniformIncompleteGamma(_ a: Double, _ x: Double) -> (lower: Double, upper: Double) {
    let half: Double = devianceTerm(a, x) / a
    let eta: Double = (x >= a ? 1 : -1) * sqrt(2 * half)
    let gaussian: Double = exp(-a * half) / sqrt(2 * Double.pi * a)
    let c0: Double = -1.0 / 3 + eta * (1.0 / 12 + eta * (-2.0 / 135 + eta / 864))
    let c1: Double = -1.0 / 540 - eta / 288
    let correction: Double = gaussian * (c0 + c1 / a)
    let scaled: Double = eta * sqrt(a / 2)
    return (max(0, 0.5 * erfc(-scaled) - correction), max(0, 0.5 * erfc(scaled) + correction))
}

/// The x at which P(a, x) equals `probability`.
public func inverseRegularizedIncompleteGamma(_ a: Double, _ probability: Double) -> Double {
    GammaDistribution(shape: a, rate: 1).quantile(probability)
}

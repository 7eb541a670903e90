import Glibc

/// The natural logarithm of Γ(x) for x > 0.
public func logGamma(_ x: Double) -> Double {
    // `lgamma` writes the global `signgam`; the reentrant form keeps concurrent callers apart.
    var sign: Int32 = 0
    return lgamma_r(x, &sign)
}

/// The natural logarithm of the beta function, log Γ(a) + log Γ(b) − log Γ(a + b).
///
/// For large arguments the three logarithms cancel, so Stirling's remainders are subtracted instead of the
/// functions themselves.
public func logBeta(_ a: Double, _ b: Double) -> Double {
    let small: Double = min(a, b)
    let large: Double = max(a, b)
    if large < 10 { return logGamma(small) + logGamma(large) - logGamma(small + large) }
    let ratio: Double = small / large
    if small < 10 {
        // log Γ(large) − log Γ(large + small) without cancellation.
        let remainder: Double = stirlingRemainder(large) - stirlingRemainder(large + small)
        let powers: Double = small - (large + small - 0.5) * log1p(ratio) - small * log(large)
        return logGamma(small) + remainder + powers
    }
    let remainder: Double = stirlingRemainder(small) + stirlingRemainder(large) - stirlingRemainder(small + large)
    let powers: Double = (small - 0.5) * log(small / (small + large)) - large * log1p(ratio)
    return 0.5 * log(2 * Double.pi) - 0.5 * log(large) + remainder + powers
}

/// The remainder of Stirling's formula, log Γ(x) − [(x − ½) log x − x + ½ log 2π] (DLMF 5.11.1).
func stirlingRemainder(_ x: Double) -> Double {
    if x < 16 {
        // Shift upwards by the recurrence of Γ; each step's difference is computed without cancellation.
        var shifted: Double = x
        var sum: Double = 0
        while shifted < 16 {
            sum += (shifted + 0.5) * log1p(1 / shifted) - 1
            shifted += 1
        }
        return sum + stirlingRemainder(shifted)
    }
    let inverse: Double = 1 / x
    let square: Double = inverse * inverse
    var series: Double = 1.0 / 156
    series = series * square - 691.0 / 360360
    series = series * square + 1.0 / 1188
    series = series * square - 1.0 / 1680
    series = series * square + 1.0 / 1260
    series = series * square - 1.0 / 360
    series = series * square + 1.0 / 12
    return series * inverse
}

/// The deviance term x log(x/m) + m − x, accurate when x is close to m.
///
/// Catherine Loader, "Fast and Accurate Computation of Binomial Probabilities" (2000), function `bd0`.
func devianceTerm(_ x: Double, _ mean: Double) -> Double {
    if x == 0 { return mean }
    let difference: Double = x - mean
    if abs(difference) < 0.1 * (x + mean) {
        let v: Double = difference / (x + mean)
        var sum: Double = difference * v
        var term: Double = 2 * x * v
        let square: Double = v * v
        for j in 1..<1000 {
            term *= square
            let next: Double = sum + term / Double(2 * j + 1)
            if next == sum { break }
            sum = next
        }
        return sum
    }
    return x * log(x / mean) + mean - x
}

/// The logarithmic derivative of Γ at x, ψ(x), for any real x that is not a pole (0, −1, −2, …).
///
/// Recurrence up to 10 and the asymptotic series DLMF 5.11.2; reflection DLMF 5.5.4 for negative x.
public func digamma(_ x: Double) -> Double {
    if x.isNaN || x == -.infinity { return .nan }
    if x <= 0 {
        if x == x.rounded() { return .nan }
        // The tangent's argument is reduced first: π·x loses the fraction of a large x.
        let fraction: Double = x - x.rounded()
        return digamma(1 - x) - Double.pi / tan(Double.pi * fraction)
    }
    var shifted: Double = x
    // Near the root 1.4616… the recurrence cancels; Taylor's series about the root keeps relative accuracy.
    let rootHigh: Double = 1.4616321449683623
    let rootLow: Double = 9.549995429965697e-17
    let distance: Double = (x - rootHigh) - rootLow
    if abs(distance) < 0.1 { return digammaNearRoot(distance) }
    var sum: Double = 0
    while shifted < 12 {
        sum -= 1 / shifted
        shifted += 1
    }
    let inverse: Double = 1 / shifted
    let square: Double = inverse * inverse
    var series: Double = 1.0 / 12
    series = series * square - 691.0 / 32760
    series = series * square + 1.0 / 132
    series = series * square - 1.0 / 240
    series = series * square + 1.0 / 252
    series = series * square - 1.0 / 120
    series = series * square + 1.0 / 12
    return sum + log(shifted) - 0.5 * inverse - series * square
}

/// Taylor's series of ψ about its positive root x₀: Σ (−1)^{k+1} ζ(k+1, x₀) dᵏ.
private func digammaNearRoot(_ distance: Double) -> Double {
    let root: Double = 1.4616321449683623
    var sum: Double = 0
    var power: Double = distance
    var sign: Double = 1
    for k in 1...18 {
        sum += sign * hurwitzZeta(exponent: Double(k + 1), shift: root) * power
        power *= distance
        sign = -sign
    }
    return sum
}

/// Hurwitz's zeta function Σ (n + shift)^−exponent for exponent ≥ 2, by Euler–Maclaurin summation.
private func hurwitzZeta(exponent s: Double, shift: Double) -> Double {
    var sum: Double = 0
    let direct: Int = 12
    for n in 0..<direct { sum += pow(Double(n) + shift, -s) }
    let x: Double = Double(direct) + shift
    var power: Double = pow(x, -s)
    sum += power * x / (s - 1) + 0.5 * power
    // Bernoulli numbers B_{2j}/(2j)!.
    let coefficients: [Double] = [1.0 / 12, -1.0 / 720, 1.0 / 30240, -1.0 / 1_209_600, 1.0 / 47_900_160]
    var rising: Double = s
    power /= x
    for (j, coefficient) in coefficients.enumerated() {
        sum += coefficient * rising * power
        let next: Double = s + Double(2 * j)
        rising *= (next + 1) * (next + 2)
        power /= x * x
    }
    return sum
}

/// The derivative of ψ at x > 0, by recurrence and DLMF 5.15.8.
public func trigamma(_ x: Double) -> Double {
    if !(x > 0) { return .nan }
    return hurwitzZeta(exponent: 2, shift: x)
}

import Glibc

/// The x at which erfc(x) equals `y`, for y in 0...2; NaN outside.
public func inverseErrorFunctionComplement(_ y: Double) -> Double {
    if y > 1 { return -inverseErrorFunctionComplement(2 - y) }
    // NaN and negative values fail every comparison below and come back as NaN.
    return -standardNormalQuantile(0.5 * y) * 0.5.squareRoot()
}

/// The x at which erf(x) equals `y`, for y in −1...1; NaN outside.
public func inverseErrorFunction(_ y: Double) -> Double {
    if abs(y) < 0.5 {
        // The complement would round small y away. Newton from the normal quantile's central branch.
        return standardNormalQuantile(offsetFromHalf: 0.5 * y) * 0.5.squareRoot()
    }
    return y < 0 ? -inverseErrorFunctionComplement(1 + y) : inverseErrorFunctionComplement(1 - y)
}

/// The standard normal quantile of `p`: −∞ at 0, ∞ at 1, NaN outside.
///
/// Wichura, Algorithm AS 241 (1988), PPND16; relative error about 1e-16.
func standardNormalQuantile(_ p: Double) -> Double {
    if p.isNaN || p < 0 || p > 1 { return .nan }
    if p == 0 { return -.infinity }
    if p == 1 { return .infinity }
    let offset: Double = p - 0.5
    if abs(offset) <= 0.425 { return standardNormalQuantile(offsetFromHalf: offset) }
    let radius: Double = sqrt(-log(offset < 0 ? p : 1 - p))
    let magnitude: Double
    if radius <= 5 {
        magnitude = ratio(radius - 1.6, over: middleNumerator, and: middleDenominator)
    } else {
        magnitude = ratio(radius - 5, over: farNumerator, and: farDenominator)
    }
    return offset < 0 ? -magnitude : magnitude
}

/// The central branch of AS 241, for |offset| ≤ 0.425.
private func standardNormalQuantile(offsetFromHalf offset: Double) -> Double {
    offset * ratio(0.180625 - offset * offset, over: centralNumerator, and: centralDenominator)
}

private func ratio(_ x: Double, over numerator: [Double], and denominator: [Double]) -> Double {
    var top: Double = 0
    var bottom: Double = 0
    for coefficient in numerator.reversed() { top = top * x + coefficient }
    for coefficient in denominator.reversed() { bottom = bottom * x + coefficient }
    return top / bottom
}

private let centralNumerator: [Double] = [
    3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3, 1.3731693765509461125e+4,
    4.5921953931549871457e+4, 6.7265770927008700853e+4, 3.3430575583588128105e+4, 2.5090809287301226727e+3,
]
private let centralDenominator: [Double] = [
    1.0, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
    2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4, 5.2264952788528545610e+3,
]
private let middleNumerator: [Double] = [
    1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
    1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4,
]
private let middleDenominator: [Double] = [
    1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
    1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
]
private let farNumerator: [Double] = [
    6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
    2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
]
private let farDenominator: [Double] = [
    1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
    7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
]

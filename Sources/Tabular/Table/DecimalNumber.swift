/// Reads the decimal number at the start of `bytes[from..<to]`: `[+-] digits [. digits] [e [+-] digits]`.
///
/// Correctly rounded. Up to 19 digits are scaled in the 64-bit significand of Float80 by an exact power of ten, one
/// rounding; only where that result lies at a rounding boundary of Double, or the number is longer, the standard
/// library parses it again.
///
/// - Returns: The number and the position behind it; nil where there is none or it overflows.
@inline(__always)
func decimalNumber(_ bytes: UnsafePointer<UInt8>, from: Int, to: Int) -> (value: Double, end: Int)? {
    var i: Int = from
    guard i < to else { return nil }
    let negative: Bool = bytes[i] == UInt8(ascii: "-")
    if negative || bytes[i] == UInt8(ascii: "+") { i += 1 }
    var mantissa: UInt64 = 0
    var significant: Int = 0
    var exponent: Int = 0
    var exact: Bool = true
    let digitsStart: Int = i
    while i < to {
        let digit: UInt8 = bytes[i] &- 48
        if digit > 9 { break }
        if significant < 19 {
            mantissa = mantissa &* 10 &+ UInt64(digit)
            if mantissa != 0 { significant += 1 }
        } else {
            exponent += 1
            if digit != 0 { exact = false }
        }
        i += 1
    }
    var digits: Int = i - digitsStart
    if i < to, bytes[i] == UInt8(ascii: ".") {
        i += 1
        let fractionStart: Int = i
        while i < to {
            let digit: UInt8 = bytes[i] &- 48
            if digit > 9 { break }
            if significant < 19 {
                mantissa = mantissa &* 10 &+ UInt64(digit)
                if mantissa != 0 { significant += 1 }
                exponent -= 1
            } else if digit != 0 {
                exact = false
            }
            i += 1
        }
        digits += i - fractionStart
    }
    if digits == 0 { return nil }
    if i < to, bytes[i] | 0x20 == UInt8(ascii: "e") {
        var j: Int = i + 1
        var negativeExponent: Bool = false
        if j < to, bytes[j] == UInt8(ascii: "-") || bytes[j] == UInt8(ascii: "+") {
            negativeExponent = bytes[j] == UInt8(ascii: "-")
            j += 1
        }
        let start: Int = j
        var written: Int = 0
        while j < to, bytes[j] &- 48 <= 9 {
            written = min(written * 10 + Int(bytes[j] &- 48), 100_000)
            j += 1
        }
        if j == start { return nil }
        exponent += negativeExponent ? -written : written
        i = j
    }
    if mantissa == 0 { return (negative ? -0.0 : 0, i) }
    if exact, mantissa < 1 << 53, exponent >= -22, exponent <= 22 {
        let power: Double = doublePowers[abs(exponent)]
        let value: Double = exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
        return (negative ? -value : value, i)
    }
    if exact, exponent >= -27, exponent <= 27 {
        let power: Float80 = extendedPowers[abs(exponent)]
        let value: Float80 = exponent < 0 ? Float80(mantissa) / power : Float80(mantissa) * power
        // Eleven bits lie below Double's significand; around their middle the second rounding could go astray.
        let below: UInt64 = value.significandBitPattern & 0x7FF
        if below < 0x3FF || below > 0x401 { return (negative ? -Double(value) : Double(value), i) }
    }
    let text = String(decoding: UnsafeBufferPointer(start: bytes + from, count: i - from), as: UTF8.self)
    guard let value = Double(text), value.isFinite else { return nil }
    return (value, i)
}

private let doublePowers: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
]

/// Powers of ten up to 10²⁷, the last that a 64-bit significand holds exactly; built by exact products.
private let extendedPowers: [Float80] = {
    var powers: [Float80] = [1]
    for _ in 0..<27 { powers.append(powers[powers.count - 1] * 10) }
    return powers
}()

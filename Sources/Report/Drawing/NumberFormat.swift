import Glibc

/// How a number is written in a table or a fact.
public enum NumberFormat: Sendable, Hashable {
    /// A fixed number of digits after the point.
    case fixed(Int)
    /// A number of significant digits, without trailing zeros; very large and small numbers as `1.2e-07`.
    case significant(Int)
    /// A share of one as a percentage with a fixed number of digits after the point.
    case percent(Int)
    /// A probability with three digits, `<0.001` below that.
    case pValue

    /// The number as text; `NaN`, `inf` and `-inf` where it is not finite.
    public func text(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-inf" : "inf" }
        switch self {
        case .fixed(let digits):
            return Self.print("%.*f", digits, value)
        case .significant(let digits):
            return Self.print("%.*g", max(digits, 1), value)
        case .percent(let digits):
            return Self.print("%.*f", digits, value * 100) + "%"
        case .pValue:
            return value < 0.001 ? "<0.001" : Self.print("%.*f", 3, value)
        }
    }

    private static func print(_ format: String, _ digits: Int, _ value: Double) -> String {
        // 310 digits before the point and 40 after it is the longest that a Double can need here.
        var buffer = [CChar](repeating: 0, count: 400)
        let count = withVaList([CInt(min(max(digits, 0), 40)), value]) { arguments in
            vsnprintf(&buffer, buffer.count, format, arguments)
        }
        var text = ""
        for byte in buffer.prefix(Int(count)) {
            let scalar = Unicode.Scalar(UInt8(bitPattern: byte))
            // The host program may have set a locale with another decimal separator; it is never an ASCII letter or digit.
            let isNumber = scalar.properties.isASCIIHexDigit || scalar == "-" || scalar == "+"
            if isNumber {
                text.unicodeScalars.append(scalar)
            } else if text.last != "." {
                text.append(".")
            }
        }
        let isZero = !text.contains { $0 >= "1" && $0 <= "9" }
        // "-0.00" says less than "0.00" and looks like a mistake.
        return isZero && text.hasPrefix("-") ? String(text.dropFirst()) : text
    }
}

/// Powers for code that draws; the C library's function under a name that does not shadow anything.
func power(_ base: Double, _ exponent: Double) -> Double {
    pow(base, exponent)
}

/// A pixel coordinate with at most two digits after the point and without an exponent.
func coordinate(_ value: Double) -> String {
    guard value.isFinite else { fatalError("Report: a drawing coordinate is \(value); it must be finite.") }
    let hundredths = Int((min(max(value, -1e7), 1e7) * 100).rounded())
    let magnitude = hundredths.magnitude
    let sign = hundredths < 0 ? "-" : ""
    let fraction = magnitude % 100
    if fraction == 0 { return "\(sign)\(magnitude / 100)" }
    if fraction % 10 == 0 { return "\(sign)\(magnitude / 100).\(fraction / 10)" }
    return "\(sign)\(magnitude / 100).\(fraction < 10 ? "0" : "")\(fraction)"
}

/// The decimal logarithm, under a name that does not shadow anything.
func logarithm10(_ value: Double) -> Double {
    log10(value)
}

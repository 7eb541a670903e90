import Glibc

/// Floats formatted alike, with at most four digits behind the point (NumPy's `FloatingFormat` with precision 4).
///
/// Every number has the fewest digits that identify it, up to the precision; if the numbers are large or far apart, all
/// are in scientific notation.
struct FloatColumn {
    let words: [String]

    private static let precision = 4

    init<Scalar: TensorScalar>(_ tensor: Tensor<Scalar>) {
        let values = tensor.array
        // Swift prints a 16-bit float with more digits than it takes to tell it from its neighbours.
        let isShort = Scalar.dtype.byteCount == 2
        let numbers = values.map { value in
            Decimal(
                value.doubleValue,
                shortest: isShort ? shortestDigits(value.doubleValue, Scalar.dtype) : "\(value)")
        }
        let finite = numbers.filter(\.value.isFinite)
        let isScientific = FloatColumn.needsExponent(finite.map(\.value), Scalar.dtype)
        var parts = finite.map { isScientific ? $0.scientific(Self.precision) : $0.positional(Self.precision) }
        var left = parts.map(\.whole.utf8.count).max() ?? 0
        let fraction = parts.map(\.fraction.utf8.count).max() ?? 0
        var exponent = 0
        if isScientific {
            exponent = parts.map(\.exponent.utf8.count).max() ?? 2
            for i in parts.indices {
                parts[i].fraction += String(repeating: "0", count: fraction - parts[i].fraction.utf8.count)
                let missing = exponent - parts[i].exponent.utf8.count
                parts[i].exponent = String(repeating: "0", count: missing) + parts[i].exponent
            }
        }
        let right = isScientific ? fraction + exponent + 2 : fraction
        for number in numbers where !number.value.isFinite {
            left = max(left, number.special.utf8.count - right - 1)
        }
        var nextPart = 0
        words = numbers.map { number in
            guard number.value.isFinite else {
                return String(repeating: " ", count: left + right + 1 - number.special.utf8.count) + number.special
            }
            let part = parts[nextPart]
            nextPart += 1
            let padding = String(repeating: " ", count: left - part.whole.utf8.count)
            if isScientific { return padding + "\(part.whole).\(part.fraction)e\(part.sign)\(part.exponent)" }
            let tail = String(repeating: " ", count: fraction - part.fraction.utf8.count)
            return padding + "\(part.whole).\(part.fraction)" + tail
        }
    }

    private static func needsExponent(_ values: [Double], _ type: DType) -> Bool {
        let magnitudes = values.filter { $0 != 0 }.map { Swift.abs($0) }
        guard let largest = magnitudes.max(), let smallest = magnitudes.min() else { return false }
        switch type {
        case .float64: return largest >= 1e8 || smallest < 0.0001 || largest / smallest > 1000
        case .float16: return largest >= 1e3 || smallest < 0.0001 || largest / smallest > 1000
        // In the type's own precision, as NumPy compares.
        default:
            return largest >= 1e6 || Float(smallest) < 0.0001 || Float(largest) / Float(smallest) > 1000
        }
    }
}

/// The fewest digits that give a 16-bit float again when they are rounded to its type.
private func shortestDigits(_ value: Double, _ type: DType) -> String {
    for precision in 0..<4 {
        let text = printed(value, "%.\(precision)e")
        guard let read = Double(text) else { break }
        let rounded = type == .float16 ? Double(Float16(read)) : Double(Float(BFloat16(Float(read))))
        if rounded == value { return text }
    }
    return printed(value, "%.4e")
}

/// A number in one of C's formats.
private func printed(_ value: Double, _ format: String) -> String {
    var buffer = [CChar](repeating: 0, count: 400)
    _ = withVaList([value]) { vsnprintf(&buffer, buffer.count, format, $0) }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// A number cut into the pieces that are aligned.
private struct NumberParts {
    var whole: String
    var fraction: String
    var sign = ""
    var exponent = ""
}

/// A float and the shortest digits that identify it.
private struct Decimal {
    let value: Double
    /// Significant digits without leading and trailing zeros, at least one.
    private var digits: [UInt8]
    /// The value is 0.d1d2d3... × 10^point.
    private var point: Int

    init(_ value: Double, shortest text: String) {
        self.value = value
        digits = []
        point = 0
        guard value.isFinite else { return }
        var hasPoint = false
        var characters = Array(text.utf8)
        var exponent = 0
        if let mark = characters.firstIndex(where: { $0 == UInt8(ascii: "e") }) {
            exponent = Int(String(decoding: characters[(mark + 1)...], as: UTF8.self)) ?? 0
            characters.removeSubrange(mark...)
        }
        for character in characters {
            if character == UInt8(ascii: ".") { hasPoint = true }
            guard character >= UInt8(ascii: "0"), character <= UInt8(ascii: "9") else { continue }
            let digit = character - UInt8(ascii: "0")
            if digits.isEmpty && digit == 0 {
                if hasPoint { point -= 1 }
                continue
            }
            digits.append(digit)
            if !hasPoint { point += 1 }
        }
        point += exponent
        while digits.last == 0 { digits.removeLast() }
        if digits.isEmpty {
            digits = [0]
            point = 1
        }
    }

    /// The text of a value that is not finite.
    var special: String { value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }

    private var minus: String { value.sign == .minus ? "-" : "" }

    func positional(_ precision: Int) -> NumberParts {
        if digits.count - point > precision {
            // More digits than wanted: the C library rounds the exact value.
            let text = printed(value, "%.\(precision)f")
            let pieces = text.split(separator: ".", omittingEmptySubsequences: false)
            return NumberParts(whole: String(pieces[0]), fraction: trimmed(String(pieces[1])))
        }
        var whole = ""
        for position in 0..<max(point, 0) { whole += position < digits.count ? "\(digits[position])" : "0" }
        var fraction = String(repeating: "0", count: max(-point, 0))
        for position in max(point, 0)..<max(digits.count, max(point, 0)) { fraction += "\(digits[position])" }
        return NumberParts(whole: minus + (whole.isEmpty ? "0" : whole), fraction: trimmed(fraction))
    }

    func scientific(_ precision: Int) -> NumberParts {
        var mantissa: String
        var exponent: Int
        if digits.count - 1 > precision {
            let pieces = printed(value, "%.\(precision)e").split(separator: "e")
            mantissa = String(pieces[0])
            exponent = Int(pieces[1]) ?? 0
        } else {
            mantissa = minus + "\(digits[0])." + digits.dropFirst().map { "\($0)" }.joined()
            exponent = value == 0 ? 0 : point - 1
        }
        let pieces = mantissa.split(separator: ".", omittingEmptySubsequences: false)
        let size = "\(Swift.abs(exponent))"
        return NumberParts(
            whole: String(pieces[0]), fraction: trimmed(String(pieces[1])), sign: exponent < 0 ? "-" : "+",
            exponent: size.utf8.count < 2 ? "0" + size : size)
    }

    private func trimmed(_ fraction: String) -> String {
        var result = fraction
        while result.last == "0" { result.removeLast() }
        return result
    }
}

/// Reads the score of a Unigram token as the `tokenizers` package does.
///
/// The package's JSON reader does not round decimals correctly: it takes the digits as a whole number, rounds that to
/// Double and divides once by a power of ten. The last bit of a score decides between equally likely ways to cut a text,
/// so exact ids need the same last bit.
enum UnigramScore {
    /// The value of a JSON number, or nil if the bytes are none.
    static func parse(_ text: UTF8Buffer) -> Double? {
        var position = 0
        var next: UInt8 { position < text.count ? text[position] : 0 }
        var isDigit: Bool { next &- UInt8(ascii: "0") < 10 }
        let isNegative = next == UInt8(ascii: "-")
        if isNegative { position += 1 }
        guard isDigit else { return nil }
        var significand: UInt64 = 0
        var exponent = 0
        var isFull = false
        /// Takes a digit; further ones than 64 bits hold only shift the exponent.
        func take(isFraction: Bool) {
            let digit = UInt64(next - UInt8(ascii: "0"))
            let (product, overflow) = significand.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(digit)
            if isFull || overflow || carry {
                isFull = true
                if !isFraction { exponent += 1 }
            } else {
                significand = sum
                if isFraction { exponent -= 1 }
            }
            position += 1
        }
        while isDigit { take(isFraction: false) }
        if next == UInt8(ascii: ".") {
            position += 1
            guard isDigit else { return nil }
            while isDigit { take(isFraction: true) }
        }
        if next | 0x20 == UInt8(ascii: "e") {
            position += 1
            let isDown = next == UInt8(ascii: "-")
            if isDown || next == UInt8(ascii: "+") { position += 1 }
            guard isDigit else { return nil }
            var power = 0
            while isDigit {
                power = min(power * 10 + Int(next - UInt8(ascii: "0")), 100_000)
                position += 1
            }
            exponent += isDown ? -power : power
        }
        guard position == text.count else { return nil }
        var value = Double(significand)
        while exponent < -308 {
            if value == 0 { break }
            value /= 1e308
            exponent += 308
        }
        if value != 0 {
            if exponent > 308 { return nil }
            value = exponent < 0 ? value / powersOfTen[-exponent] : value * powersOfTen[exponent]
        }
        return value.isFinite ? (isNegative ? -value : value) : nil
    }

    private static let powersOfTen: [Double] = (0...308).map { Double("1e\($0)")! }
}

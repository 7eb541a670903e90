/// Python's operators. Whole numbers have 64 bits here: a result beyond them is an error.
enum TemplateArithmetic {
    static func negative(_ value: TemplateValue, _ place: TemplatePlace) throws(ChatTemplateError) -> TemplateValue {
        if case .number(let number) = value { return .number(-number) }
        return try apply("-", .integer(0), value, place)
    }

    static func apply(
        _ operation: String, _ left: TemplateValue, _ right: TemplateValue, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> TemplateValue {
        if case .undefined(let what) = left { throw ChatTemplateError(what, place) }
        switch (operation, left, right) {
        case ("%", .string(let format), _):
            return .string(try PythonStrings.percentFormatted(format, right, place))
        case (_, _, .undefined(let what)): throw ChatTemplateError(what, place)
        case ("+", .string(let a), .string(let b)):
            if a.utf8.count + b.utf8.count > TemplateRenderer.maximumLength {
                throw ChatTemplateError("the text exceeds \(TemplateRenderer.maximumLength) bytes", place)
            }
            return .string(a + b)
        case ("+", .list(let a), .list(let b)) where a.isTuple == b.isTuple:
            if a.elements.count + b.elements.count > 1 << 20 { throw ChatTemplateError("the list is too long", place) }
            return .list(TemplateList(a.elements + b.elements, isTuple: a.isTuple))
        case ("*", .string(let text), _), ("*", _, .string(let text)):
            guard let count = left.wholeNumber ?? right.wholeNumber else { break }
            if count > 0, text.utf8.count > TemplateRenderer.maximumLength / count {
                throw ChatTemplateError("the text exceeds \(TemplateRenderer.maximumLength) bytes", place)
            }
            return .string(repeated(text, count))
        case ("*", .list(let list), _), ("*", _, .list(let list)):
            guard let count = left.wholeNumber ?? right.wholeNumber else { break }
            if count > 0, list.elements.count > (1 << 20) / count {
                throw ChatTemplateError("the list is too long", place)
            }
            return .list(
                TemplateList(
                    Array(repeatElement(list.elements, count: max(0, count)).joined()), isTuple: list.isTuple))
        default: break
        }
        if let a = left.wholeNumber, let b = right.wholeNumber, operation != "/" {
            if let result = try whole(operation, a, b, place) { return .integer(result) }
        }
        if let a = left.numericValue, let b = right.numericValue {
            return .number(try real(operation, a, b, place))
        }
        throw ChatTemplateError(
            "\(operation) does not work on \(left.typeName) and \(right.typeName)", place)
    }

    /// By doubling: the standard library appends one copy after the other.
    private static func repeated(_ text: String, _ count: Int) -> String {
        var (result, power, left) = ("", text, count)
        while left > 0 {
            if left % 2 == 1 { result += power }
            left /= 2
            if left > 0 { power += power }
        }
        return result
    }

    /// nil if the result is no whole number.
    private static func whole(
        _ operation: String, _ a: Int, _ b: Int, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> Int? {
        let result: (partialValue: Int, overflow: Bool)
        switch operation {
        case "+": result = a.addingReportingOverflow(b)
        case "-": result = a.subtractingReportingOverflow(b)
        case "*": result = a.multipliedReportingOverflow(by: b)
        case "//", "%":
            if b == 0 { throw ChatTemplateError("division by zero", place) }
            let (quotient, overflow) = a.dividedReportingOverflow(by: b)
            // Python rounds down: the remainder has the divisor's sign.
            let remainder = overflow ? 0 : a % b
            let isOff = remainder != 0 && (remainder < 0) != (b < 0)
            result =
                operation == "//"
                ? (isOff ? quotient - 1 : quotient, overflow) : (isOff ? remainder + b : remainder, false)
        case "**":
            if b < 0 { return nil }
            var value = 1
            for _ in 0..<min(b, 64) {
                let (next, overflow) = value.multipliedReportingOverflow(by: a)
                if overflow { throw ChatTemplateError("the number exceeds 64 bits", place) }
                value = next
            }
            if b > 64, !(-1...1).contains(a) { throw ChatTemplateError("the number exceeds 64 bits", place) }
            if b > 64, a == -1, b % 2 != 0 { value = -1 }
            result = (value, false)
        default: return nil
        }
        if result.overflow { throw ChatTemplateError("the number exceeds 64 bits", place) }
        return result.partialValue
    }

    private static func real(
        _ operation: String, _ a: Double, _ b: Double, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> Double {
        if b == 0, ["/", "//", "%"].contains(operation) { throw ChatTemplateError("division by zero", place) }
        switch operation {
        case "+": return a + b
        case "-": return a - b
        case "*": return a * b
        case "/": return a / b
        case "//": return (a / b).rounded(.down)
        case "%":
            let remainder = a.truncatingRemainder(dividingBy: b)
            return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder
        default:
            // Only small whole powers are of use in a template.
            guard b == b.rounded(), abs(b) <= 1024 else {
                throw ChatTemplateError("** needs a whole exponent from -1024 to 1024", place)
            }
            var result = 1.0
            for _ in 0..<Int(abs(b)) { result *= a }
            return b < 0 ? 1 / result : result
        }
    }

    /// Negative, 0 or positive; `Int.max` where NaN has no order.
    static func order(
        _ left: TemplateValue, _ right: TemplateValue, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> Int {
        if case .string(let a) = left, case .string(let b) = right {
            // The order of UTF-8 is that of code points.
            if a.utf8.elementsEqual(b.utf8) { return 0 }
            return a.utf8.lexicographicallyPrecedes(b.utf8) ? -1 : 1
        }
        if let a = left.wholeNumber, let b = right.wholeNumber { return a < b ? -1 : a == b ? 0 : 1 }
        if let a = left.numericValue, let b = right.numericValue {
            return a < b ? -1 : a == b ? 0 : a > b ? 1 : .max
        }
        if case .list(let a) = left, case .list(let b) = right {
            for (x, y) in zip(a.elements, b.elements) where !x.equals(y) { return try order(x, y, place) }
            return a.elements.count - b.elements.count
        }
        for value in [left, right] { if case .undefined(let what) = value { throw ChatTemplateError(what, place) } }
        throw ChatTemplateError("\(left.typeName) and \(right.typeName) have no order", place)
    }
}

/// Python's methods of texts, on bytes and scalars.
enum PythonStrings {
    /// Where a part begins in a text, or nil. Linear time.
    static func find(_ part: [UInt8], in text: [UInt8], from start: Int = 0) -> Int? {
        if part.isEmpty { return start <= text.count ? start : nil }
        guard start < text.count else { return nil }
        // Knuth, Morris and Pratt 1977: linear for every text. The longest beginning of the part that also ends at each
        // of its places tells where to go on when the next byte differs.
        var borders = [0]
        borders.reserveCapacity(part.count)
        func extend(_ length: Int, by byte: UInt8) -> Int {
            var length = length
            while length > 0, part[length] != byte { length = borders[length - 1] }
            return part[length] == byte ? length + 1 : 0
        }
        for byte in part.dropFirst() { borders.append(extend(borders[borders.count - 1], by: byte)) }
        var length = 0
        for position in start..<text.count {
            length = extend(length, by: text[position])
            if length == part.count { return position + 1 - length }
        }
        return nil
    }

    /// `text.replace(old, new, count)`
    static func replace(
        _ text: String, _ old: String, _ new: String, _ limit: Int?, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> String {
        var left = limit.map { $0 < 0 ? Int.max : $0 } ?? .max
        if old.utf8.isEmpty {
            // Python puts the new text around every character.
            var result = ""
            for scalar in text.unicodeScalars {
                if left > 0 {
                    result += new
                    left -= 1
                    try TemplateRenderer.checkLength(result.utf8.count, place)
                }
                result.unicodeScalars.append(scalar)
            }
            return left > 0 ? result + new : result
        }
        let (bytes, part) = (Array(text.utf8), Array(old.utf8))
        var result: [UInt8] = []
        var position = 0
        while left > 0, let found = find(part, in: bytes, from: position) {
            result += bytes[position..<found]
            result += new.utf8
            try TemplateRenderer.checkLength(result.count, place)
            position = found + part.count
            left -= 1
        }
        return String(decoding: result + bytes[position...], as: UTF8.self)
    }

    /// `text.strip(characters)`: nil takes white space away.
    static func strip(_ text: String, _ characters: String?, left: Bool, right: Bool) -> String {
        let set = characters.map { Set($0.unicodeScalars) }
        func isStripped(_ scalar: Unicode.Scalar) -> Bool { set?.contains(scalar) ?? PythonText.isSpace(scalar) }
        var scalars = text.unicodeScalars[...]
        while left, let first = scalars.first, isStripped(first) { scalars.removeFirst() }
        while right, let last = scalars.last, isStripped(last) { scalars.removeLast() }
        return String(String.UnicodeScalarView(scalars))
    }

    /// `text.split(separator, limit)`: nil splits at runs of white space.
    static func split(_ text: String, _ separator: String?, _ limit: Int) -> [String] {
        var left = limit < 0 ? Int.max : limit
        var result: [String] = []
        if let separator {
            let (bytes, part) = (Array(text.utf8), Array(separator.utf8))
            var position = 0
            while left > 0, let place = find(part, in: bytes, from: position) {
                result.append(String(decoding: bytes[position..<place], as: UTF8.self))
                position = place + part.count
                left -= 1
            }
            result.append(String(decoding: bytes[position...], as: UTF8.self))
            return result
        }
        var scalars = text.unicodeScalars.drop(while: PythonText.isSpace)
        while !scalars.isEmpty {
            if left == 0 {
                result.append(strip(String(String.UnicodeScalarView(scalars)), nil, left: false, right: true))
                return result
            }
            let word = scalars.prefix { !PythonText.isSpace($0) }
            result.append(String(String.UnicodeScalarView(word)))
            scalars = scalars.dropFirst(word.count).drop(while: PythonText.isSpace)
            left -= 1
        }
        return result
    }

    /// `text.rsplit(separator, limit)`
    static func splitFromRight(_ text: String, _ separator: String?, _ limit: Int) -> [String] {
        if limit < 0 { return split(text, separator, limit) }
        func reverse(_ text: String) -> String { PythonText.string(text.unicodeScalars.reversed()) }
        return split(reverse(text), separator.map(reverse), limit).map(reverse).reversed()
    }

    /// `text.splitlines(keepEnds)`
    static func splitLines(_ text: String, keepEnds: Bool) -> [String] {
        var result: [String] = []
        var line = String.UnicodeScalarView()
        var isAfterReturn = false
        let ends: Set<Unicode.Scalar> = [
            "\n", "\r", "\u{B}", "\u{C}", "\u{1C}", "\u{1D}", "\u{1E}", "\u{85}", "\u{2028}", "\u{2029}",
        ]
        for scalar in text.unicodeScalars {
            if scalar == "\n", isAfterReturn {
                if keepEnds { result[result.count - 1] += "\n" }
                isAfterReturn = false
                continue
            }
            isAfterReturn = scalar == "\r"
            if ends.contains(scalar) {
                if keepEnds { line.append(scalar) }
                result.append(String(line))
                line = String.UnicodeScalarView()
            } else {
                line.append(scalar)
            }
        }
        if !line.isEmpty { result.append(String(line)) }
        return result
    }

    /// `format % value` with `%s`, `%r`, `%d`, `%i`, `%f`, `%x` and `%%`.
    static func percentFormatted(
        _ format: String, _ value: TemplateValue, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> String {
        var arguments: [TemplateValue] = [value]
        if case .list(let list) = value, list.isTuple { arguments = list.elements }
        var result = String.UnicodeScalarView()
        var scalars = format.unicodeScalars[...]
        var position = 0
        while let scalar = scalars.popFirst() {
            guard scalar == "%" else {
                result.append(scalar)
                continue
            }
            var precision: Int?
            if scalars.first == "." {
                scalars.removeFirst()
                precision = 0
                while let digit = scalars.first, ("0"..."9").contains(digit), precision! < 100 {
                    precision = precision! * 10 + Int(digit.value - 0x30)
                    scalars.removeFirst()
                }
            }
            guard let kind = scalars.popFirst() else { throw ChatTemplateError("the format ends in %", place) }
            if kind == "%" {
                result.append("%")
                continue
            }
            guard position < arguments.count else { throw ChatTemplateError("the format has too few values", place) }
            result.append(contentsOf: try formatted(arguments[position], kind, precision, place).unicodeScalars)
            try TemplateRenderer.checkLength(result.utf8Count, place)
            position += 1
        }
        return String(result)
    }

    private static func formatted(
        _ value: TemplateValue, _ kind: Unicode.Scalar, _ precision: Int?, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> String {
        switch kind {
        case "s": return PythonText.text(value)
        case "r": return PythonText.representation(value)
        case "d", "i":
            if let number = value.wholeNumber { return String(number) }
            if case .number(let number) = value, let whole = Int(exactly: number.rounded(.towardZero)) {
                return String(whole)
            }
        case "x": if let number = value.wholeNumber { return String(number, radix: 16) }
        case "f": if let number = value.numericValue { return fixed(number, precision ?? 6) }
        default: break
        }
        throw ChatTemplateError("the format %\(kind) does not fit a value of type \(value.typeName)", place)
    }

    /// A number with a fixed count of decimals.
    static func fixed(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite, abs(value) < 1e15, decimals <= 15 else { return PythonText.number(value) }
        var power = 1.0
        for _ in 0..<decimals { power *= 10 }
        let scaled = (abs(value) * power).rounded(.toNearestOrEven)
        guard scaled < 9e18 else { return PythonText.number(value) }
        let digits = String(Int(scaled))
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.utf8.count)) + digits
        let sign = value.sign == .minus && scaled > 0 ? "-" : ""
        if decimals == 0 { return sign + padded }
        return sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
    }

    /// `format.format(...)` with `{}`, `{0}` and `{name}`.
    static func braceFormatted(
        _ format: String, _ call: TemplateCall, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> String {
        var result = String.UnicodeScalarView()
        var scalars = format.unicodeScalars[...]
        var automatic = 0
        while let scalar = scalars.popFirst() {
            if scalar == "{" || scalar == "}", scalars.first == scalar {
                scalars.removeFirst()
                result.append(scalar)
                continue
            }
            guard scalar == "{" else {
                result.append(scalar)
                continue
            }
            let field = scalars.prefix { $0 != "}" }
            guard field.count < scalars.count else {
                throw ChatTemplateError("a brace of the format is not closed", place)
            }
            scalars = scalars.dropFirst(field.count + 1)
            let name = String(String.UnicodeScalarView(field))
            let value: TemplateValue?
            if name.isEmpty {
                value = call.argument(automatic, "")
                automatic += 1
            } else if let position = Int(name) {
                value = position >= 0 ? call.argument(position, "") : nil
            } else {
                value = call.named[name]
            }
            guard let value else { throw ChatTemplateError("the format has no value for {\(name)}", place) }
            result.append(contentsOf: PythonText.text(value).unicodeScalars)
            try TemplateRenderer.checkLength(result.utf8Count, place)
        }
        return String(result)
    }
}

extension String.UnicodeScalarView {
    /// The length in bytes, which a text knows.
    fileprivate var utf8Count: Int { String(self).utf8.count }
}

/// How Python writes values and treats texts; templates depend on it.
enum PythonText {
    /// `str.isspace` of one character: white space, and the four separators of ASCII.
    static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        ScalarClass(of: scalar.value).contains(.space) || (0x1C...0x1F).contains(scalar.value)
    }

    static func isIdentifierStart(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar.properties.isXIDStart
    }

    static func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    /// `str(value)`
    static func text(_ value: TemplateValue) -> String {
        switch value {
        case .undefined: ""
        case .string(let text): text
        default: representation(value, 0)
        }
    }

    /// `repr(value)`. Lists that contain themselves end at a depth.
    static func representation(_ value: TemplateValue, _ depth: Int = 0) -> String {
        if depth > 64 { return "..." }
        switch value {
        case .undefined: return "Undefined"
        case .none: return "None"
        case .bool(let value): return value ? "True" : "False"
        case .integer(let value): return String(value)
        case .number(let value): return number(value)
        case .string(let text): return quoted(text)
        case .list(let list):
            let parts = list.elements.map { representation($0, depth + 1) }.joined(separator: ", ")
            if list.isTuple { return list.elements.count == 1 ? "(\(parts),)" : "(\(parts))" }
            return "[\(parts)]"
        case .dictionary(let dictionary):
            let parts = dictionary.members.map {
                "\(representation($0.key, depth + 1)): \(representation($0.value, depth + 1))"
            }
            let text = "{\(parts.joined(separator: ", "))}"
            return dictionary.isNamespace ? "<Namespace \(text)>" : text
        case .macro(let closure): return "<Macro '\(closure.macro.name)'>"
        case .function(let name): return "<function \(name)>"
        case .method(_, let name): return "<method \(name)>"
        case .loop(let state): return "<LoopContext \(state.index + 1)/\(state.elements.count)>"
        }
    }

    /// `repr` of a float: the shortest digits, with an exponent below 1e-4 and from 1e16.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "nan" }
        if value.isInfinite { return value < 0 ? "-inf" : "inf" }
        if value == 0 { return value.sign == .minus ? "-0.0" : "0.0" }
        // Swift's description has the same digits, but other limits for the exponent.
        var digits = ""
        var exponent = 0
        var isFraction = false
        var pointPosition = 0
        let parts = value.magnitude.description.split(separator: "e")
        if parts.count == 2 { exponent = Int(parts[1])! }
        for character in parts[0].unicodeScalars {
            if character == "." {
                isFraction = true
            } else {
                digits.unicodeScalars.append(character)
                if !isFraction { pointPosition += 1 }
            }
        }
        pointPosition += exponent
        while digits.hasPrefix("0"), digits.count > 1 {
            digits.removeFirst()
            pointPosition -= 1
        }
        while digits.hasSuffix("0"), digits.count > 1 { digits.removeLast() }
        let sign = value < 0 ? "-" : ""
        if pointPosition > 16 || pointPosition < -3 {
            let power = pointPosition - 1
            let mantissa = digits.count > 1 ? "\(digits.prefix(1)).\(digits.dropFirst())" : digits
            return "\(sign)\(mantissa)e\(power < 0 ? "-" : "+")\(abs(power) < 10 ? "0" : "")\(abs(power))"
        }
        if pointPosition <= 0 { return sign + "0." + String(repeating: "0", count: -pointPosition) + digits }
        if digits.count <= pointPosition {
            return sign + digits + String(repeating: "0", count: pointPosition - digits.count) + ".0"
        }
        return sign + digits.prefix(pointPosition) + "." + digits.dropFirst(pointPosition)
    }

    /// `repr` of a text.
    private static func quoted(_ text: String) -> String {
        let quote: Unicode.Scalar =
            text.unicodeScalars.contains("'") && !text.unicodeScalars.contains("\"") ? "\"" : "'"
        var result = String(quote)
        for scalar in text.unicodeScalars {
            switch scalar {
            case quote, "\\": result += "\\" + String(scalar)
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default:
                // Python writes what is not printable as an escape.
                let properties = ScalarClass(of: scalar.value)
                let isPrintable =
                    scalar == " " || !(properties.contains(.other) || properties.contains(.space))
                if isPrintable {
                    result.unicodeScalars.append(scalar)
                } else if scalar.value < 0x100 {
                    result += "\\x" + hexadecimal(scalar.value, 2)
                } else if scalar.value < 0x10000 {
                    result += "\\u" + hexadecimal(scalar.value, 4)
                } else {
                    result += "\\U" + hexadecimal(scalar.value, 8)
                }
            }
        }
        result.unicodeScalars.append(quote)
        return result
    }

    static func hexadecimal(_ value: UInt32, _ count: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, count - digits.utf8.count)) + digits
    }

    /// `str.capitalize`
    static func capitalized(_ text: String) -> String {
        guard let first = text.unicodeScalars.first else { return "" }
        return first.properties.titlecaseMapping + string(text.unicodeScalars.dropFirst()).lowercased()
    }

    /// `str.title`
    static func titled(_ text: String) -> String {
        var result = ""
        var isInside = false
        for scalar in text.unicodeScalars {
            let properties = scalar.properties
            result += isInside ? properties.lowercaseMapping : properties.titlecaseMapping
            isInside = properties.isCased
        }
        return result
    }
}

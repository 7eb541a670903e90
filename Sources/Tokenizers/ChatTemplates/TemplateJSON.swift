/// `json.dumps` of Python, as transformers sets up the filter `tojson`.
struct TemplateJSONWriter {
    var ensuresASCII = false
    var indentation: String?
    var separators: (item: String, key: String)?
    var sortsKeys = false

    private var itemSeparator: String { separators?.item ?? (indentation == nil ? ", " : ",") }
    private var keySeparator: String { separators?.key ?? ": " }

    /// The text of a value.
    ///
    /// - Throws: what a template gets for a value that JSON does not have.
    func write(_ value: TemplateValue, _ place: TemplatePlace, depth: Int = 0) throws(ChatTemplateError) -> String {
        if depth > 64 { throw ChatTemplateError("tojson: values are nested more than 64 deep", place) }
        switch value {
        case .none: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .integer(let value): return String(value)
        case .number(let value):
            if value.isNaN { return "NaN" }
            if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
            return PythonText.number(value)
        case .string(let text): return quoted(text)
        case .list(let list):
            if list.elements.isEmpty { return "[]" }
            var parts: [String] = []
            for element in list.elements { parts.append(try write(element, place, depth: depth + 1)) }
            return wrap("[", parts, "]", depth)
        case .dictionary(let dictionary) where !dictionary.isNamespace:
            if dictionary.members.isEmpty { return "{}" }
            var members: [(key: String, value: TemplateValue)] = []
            for member in dictionary.members { members.append((try key(member.key, place), member.value)) }
            if sortsKeys {
                members.sort { $0.key.unicodeScalars.lexicographicallyPrecedes($1.key.unicodeScalars) }
            }
            var parts: [String] = []
            for member in members {
                parts.append(
                    quoted(member.key) + keySeparator + (try write(member.value, place, depth: depth + 1)))
            }
            return wrap("{", parts, "}", depth)
        default:
            throw ChatTemplateError("tojson: a value of type \(value.typeName) has no JSON", place)
        }
    }

    private func key(_ value: TemplateValue, _ place: TemplatePlace) throws(ChatTemplateError) -> String {
        switch value {
        case .string(let text): return text
        case .none, .bool, .integer, .number: return try write(value, place)
        default: throw ChatTemplateError("tojson: a key of type \(value.typeName) has no JSON", place)
        }
    }

    private func wrap(_ opening: String, _ parts: [String], _ closing: String, _ depth: Int) -> String {
        guard let indentation else { return opening + parts.joined(separator: itemSeparator) + closing }
        let inner = "\n" + String(repeating: indentation, count: depth + 1)
        let outer = "\n" + String(repeating: indentation, count: depth)
        return opening + inner + parts.joined(separator: itemSeparator + inner) + outer + closing
    }

    private func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{8}": result += "\\b"
            case "\u{C}": result += "\\f"
            default:
                if scalar.value < 0x20 || (ensuresASCII && scalar.value > 0x7E) {
                    for unit in String(scalar).utf16 { result += "\\u" + PythonText.hexadecimal(UInt32(unit), 4) }
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }
}

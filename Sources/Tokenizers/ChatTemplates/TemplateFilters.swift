/// The filters behind `|`.
enum TemplateFilters {
    static let names: Set<String> = [
        "abs", "attr", "capitalize", "count", "d", "default", "dictsort", "e", "escape", "first", "float", "format",
        "indent",
        "int", "items", "join", "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr",
        "replace",
        "reverse", "round", "safe", "select", "selectattr", "sort", "string", "sum", "title", "tojson", "trim",
        "unique",
        "upper", "wordcount",
    ]
}

extension TemplateRenderer {
    func apply(
        filter name: String, to value: TemplateValue, _ call: TemplateCall, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> TemplateValue {
        try spend(on: value, place)
        for argument in call.positional { try spend(on: argument, place) }
        for argument in call.named.values { try spend(on: argument, place) }
        switch name {
        case "safe": return value
        case "string": return .string(try text(of: value, place))
        case "trim":
            return .string(
                PythonStrings.strip(
                    try text(of: value, place), try optionalText(call, 0, "chars", place), left: true, right: true))
        case "upper": return .string(try text(of: value, place).uppercased())
        case "lower": return .string(try text(of: value, place).lowercased())
        case "title": return .string(PythonText.titled(try text(of: value, place)))
        case "capitalize": return .string(PythonText.capitalized(try text(of: value, place)))
        case "e", "escape":
            var result = try text(of: value, place)
            for (old, new) in [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("'", "&#39;"), ("\"", "&#34;")] {
                result = try replaced(result, old, new, nil, place)
            }
            return .string(result)
        case "replace":
            return .string(
                try replaced(
                    try text(of: value, place), try text(of: call.argument(0, "old") ?? .undefined(""), place),
                    try text(of: call.argument(1, "new") ?? .undefined(""), place),
                    call.argument(2, "count")?.wholeNumber, place))
        case "format":
            return try combine(
                "%", .string(try text(of: value, place)), .list(TemplateList(call.positional, isTuple: true)), place)
        case "indent": return .string(try indented(try text(of: value, place), call, place))
        case "wordcount": return .integer(PythonStrings.split(try text(of: value, place), nil, -1).count)
        case "default", "d":
            let fallback = call.argument(0, "default_value") ?? .string("")
            if case .undefined = value { return fallback }
            return call.argument(1, "boolean")?.isTrue ?? false && !value.isTrue ? fallback : value
        case "tojson": return .string(try json(value, call, place))
        case "length", "count": return .integer(try length(of: value, place))
        case "attr": return try attribute(try text(call, 0, "name", place), of: value, place)
        case "abs", "float", "int", "round": return try convertNumber(name, value, call, place)
        default: return try apply(listFilter: name, to: value, call, place)
        }
    }

    private func json(
        _ value: TemplateValue, _ call: TemplateCall, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> String {
        var writer = TemplateJSONWriter()
        // The order of the arguments is that of transformers' filter.
        writer.ensuresASCII = call.argument(0, "ensure_ascii")?.isTrue ?? false
        switch call.argument(1, "indent") {
        case .integer(let count): writer.indentation = String(repeating: " ", count: max(0, min(count, 64)))
        case .string(let text):
            if text.utf8.count > 64 { throw ChatTemplateError("tojson: the indentation exceeds 64 bytes", place) }
            writer.indentation = text
        default: break
        }
        if case .list(let list)? = call.argument(2, "separators"), list.elements.count == 2 {
            for case .string(let text) in list.elements where text.utf8.count > 64 {
                throw ChatTemplateError("tojson: a separator exceeds 64 bytes", place)
            }
            writer.separators = (try text(of: list.elements[0], place), try text(of: list.elements[1], place))
        }
        writer.sortsKeys = call.argument(3, "sort_keys")?.isTrue ?? false
        try spend(onAllOf: value, place)
        return try made(try writer.write(value, place), place)
    }

    private func length(of value: TemplateValue, _ place: TemplatePlace) throws(ChatTemplateError) -> Int {
        switch value {
        case .string(let text): text.unicodeScalars.count
        case .list(let list): list.elements.count
        case .dictionary(let dictionary): dictionary.members.count
        case .undefined: 0
        default: throw ChatTemplateError("a value of type \(value.typeName) has no length", place)
        }
    }

    private func indented(
        _ text: String, _ call: TemplateCall, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> String {
        let indentation: String
        switch call.argument(0, "width") {
        case .string(let text): indentation = text
        case let width: indentation = String(repeating: " ", count: max(0, min(width?.wholeNumber ?? 4, 1024)))
        }
        let indentsFirst = call.argument(1, "first")?.isTrue ?? false
        let indentsBlank = call.argument(2, "blank")?.isTrue ?? false
        // Jinja adds a newline before it splits, so that one at the end is kept.
        let lines = PythonStrings.splitLines(text + "\n", keepEnds: false)
        var result = lines.first ?? ""
        for line in lines.dropFirst() {
            result += "\n" + (line.isEmpty && !indentsBlank ? "" : indentation) + line
            try TemplateRenderer.checkLength(result.utf8.count, place)
        }
        return try made(indentsFirst ? indentation + result : result, place)
    }

    private func convertNumber(
        _ name: String, _ value: TemplateValue, _ call: TemplateCall, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> TemplateValue {
        switch name {
        case "abs":
            if let number = value.wholeNumber, number != .min { return .integer(abs(number)) }
            if let number = value.numericValue { return .number(abs(number)) }
            throw ChatTemplateError("a value of type \(value.typeName) has no absolute value", place)
        case "int":
            if let number = value.wholeNumber { return .integer(number) }
            if case .number(let number) = value, let whole = Int(exactly: number.rounded(.towardZero)) {
                return .integer(whole)
            }
            if case .string(let text) = value {
                let stripped = PythonStrings.strip(text, nil, left: true, right: true)
                if let number = Int(stripped) { return .integer(number) }
                if let number = Double(stripped), let whole = Int(exactly: number.rounded(.towardZero)) {
                    return .integer(whole)
                }
            }
            return call.argument(0, "default") ?? .integer(0)
        case "float":
            if let number = value.numericValue { return .number(number) }
            if case .string(let text) = value,
                let number = Double(PythonStrings.strip(text, nil, left: true, right: true))
            {
                return .number(number)
            }
            return call.argument(0, "default") ?? .number(0)
        default:
            guard let number = value.numericValue else {
                throw ChatTemplateError("a value of type \(value.typeName) cannot be rounded", place)
            }
            let method = try optionalText(call, 1, "method", place) ?? "common"
            let rule: FloatingPointRoundingRule =
                method == "ceil" ? .up : method == "floor" ? .down : .toNearestOrEven
            var power = 1.0
            for _ in 0..<max(0, min(15, call.argument(0, "precision")?.wholeNumber ?? 0)) { power *= 10 }
            return .number((number * power).rounded(rule) / power)
        }
    }
}

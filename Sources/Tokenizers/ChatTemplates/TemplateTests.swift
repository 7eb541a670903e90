/// The tests behind `is`.
enum TemplateTests {
    static let names: Set<String> = [
        "defined", "undefined", "none", "string", "mapping", "iterable", "sequence", "number", "integer", "float",
        "boolean",
        "true", "false", "equalto", "eq", "ne", "lt", "le", "gt", "ge", "in", "odd", "even", "divisibleby", "lower",
        "upper",
        "callable", "sameas", "escaped", "filter", "test",
    ]
}

extension TemplateRenderer {
    func apply(
        test name: String, to value: TemplateValue, _ call: TemplateCall, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> Bool {
        func operand() throws(ChatTemplateError) -> TemplateValue {
            guard let operand = call.positional.first else {
                throw ChatTemplateError("the test \(name) needs a value", place)
            }
            return operand
        }
        func whole() throws(ChatTemplateError) -> Int {
            guard let number = value.wholeNumber else {
                throw ChatTemplateError("the test \(name) needs a whole number, not \(value.typeName)", place)
            }
            return number
        }
        switch name {
        case "defined": if case .undefined = value { return false } else { return true }
        case "undefined": if case .undefined = value { return true } else { return false }
        case "none": if case .none = value { return true } else { return false }
        case "string": if case .string = value { return true } else { return false }
        case "mapping":
            if case .dictionary(let dictionary) = value { return !dictionary.isNamespace } else { return false }
        case "iterable", "sequence":
            switch value {
            case .string, .list, .undefined: return true
            case .dictionary(let dictionary): return !dictionary.isNamespace
            default: return false
            }
        case "number": return value.numericValue != nil
        case "integer": if case .integer = value { return true } else { return false }
        case "float": if case .number = value { return true } else { return false }
        case "boolean": if case .bool = value { return true } else { return false }
        case "true": if case .bool(true) = value { return true } else { return false }
        case "false": if case .bool(false) = value { return true } else { return false }
        case "equalto", "eq": return try compare("==", value, try operand(), place)
        case "ne": return try compare("!=", value, try operand(), place)
        case "lt": return try compare("<", value, try operand(), place)
        case "le": return try compare("<=", value, try operand(), place)
        case "gt": return try compare(">", value, try operand(), place)
        case "ge": return try compare(">=", value, try operand(), place)
        case "in": return try compare("in", value, try operand(), place)
        case "odd": return try whole() % 2 != 0
        case "even": return try whole() % 2 == 0
        case "divisibleby":
            guard let divisor = try operand().wholeNumber, divisor != 0, divisor != -1 else {
                throw ChatTemplateError("the test divisibleby needs a whole number that is not 0 or -1", place)
            }
            return try whole() % divisor == 0
        case "lower", "upper":
            let cased = try text(of: value, place).unicodeScalars.filter(\.properties.isCased)
            return !cased.isEmpty
                && cased.allSatisfy { name == "upper" ? $0.properties.isUppercase : $0.properties.isLowercase }
        case "callable":
            switch value {
            case .macro, .function, .method: return true
            default: return false
            }
        case "sameas":
            switch (value, try operand()) {
            case (.list(let a), .list(let b)): return a === b
            case (.dictionary(let a), .dictionary(let b)): return a === b
            case (let a, let b): return a.typeName == b.typeName && a.equals(b)
            }
        case "filter": return TemplateFilters.names.contains(try text(of: value, place))
        case "test": return TemplateTests.names.contains(try text(of: value, place))
        default: return false
        }
    }
}

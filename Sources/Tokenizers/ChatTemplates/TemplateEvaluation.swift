/// Evaluates expressions.
extension TemplateRenderer {
    func evaluate(_ expression: TemplateExpression) throws(ChatTemplateError) -> TemplateValue {
        let place = expression.place
        try spend(1, place)
        switch expression.kind {
        case .none: return .none
        case .bool(let value): return .bool(value)
        case .integer(let value): return .integer(value)
        case .number(let value): return .number(value)
        case .string(let text): return .string(text)
        case .name(let name):
            if let value = lookUp(name) { return value }
            return TemplateFunctions.names.contains(name) ? .function(name) : .undefined("'\(name)' is undefined")
        case .list(let elements, let isTuple):
            var values: [TemplateValue] = []
            for element in elements { values.append(try evaluate(element)) }
            return .list(TemplateList(values, isTuple: isTuple))
        case .dictionary(let members):
            let result = TemplateDictionary()
            for member in members {
                let key = try evaluate(member.key)
                try spend(onAllOf: key, place)
                try spend(result.members.count / 8, place)
                result[key] = try evaluate(member.value)
            }
            return .dictionary(result)
        case .not(let operand): return .bool(!(try evaluate(operand).isTrue))
        case .negative(let operand): return try TemplateArithmetic.negative(try evaluate(operand), place)
        case .positive(let operand): return try evaluate(operand)
        case .and(let a, let b):
            let left = try evaluate(a)
            return left.isTrue ? try evaluate(b) : left
        case .or(let a, let b):
            let left = try evaluate(a)
            return left.isTrue ? left : try evaluate(b)
        case .arithmetic(let operation, let a, let b):
            return try combine(operation, try evaluate(a), try evaluate(b), place)
        case .concatenation(let parts):
            var text = ""
            for part in parts {
                text += try self.text(of: try evaluate(part), place)
                try TemplateRenderer.checkLength(text.utf8.count, place)
            }
            return .string(try made(text, place))
        case .comparison(let first, let operands):
            var left = try evaluate(first)
            for operand in operands {
                let right = try evaluate(operand.operand)
                if !(try compare(operand.operation, left, right, place)) { return .bool(false) }
                left = right
            }
            return .bool(true)
        case .attribute(let base, let name): return try attribute(name, of: try evaluate(base), place)
        case .element(let base, let index):
            return try element(try evaluate(index), of: try evaluate(base), place)
        case .slice(let base, let start, let stop, let step): return try slice(base, start, stop, step, place)
        case .call(let function, let arguments):
            return try call(try evaluate(function), try evaluate(arguments), place, caller: nil)
        case .filter(let base, let name, let arguments):
            return try apply(filter: name, to: try evaluate(base), try evaluate(arguments), place)
        case .test(let base, let name, let arguments):
            return .bool(try apply(test: name, to: try evaluate(base), try evaluate(arguments), place))
        case .conditional(let value, let condition, let otherwise):
            if try evaluate(condition).isTrue { return try evaluate(value) }
            return try otherwise.map { (expression) throws(ChatTemplateError) in try evaluate(expression) }
                ?? .undefined("the condition is false and there is no else")
        }
    }

    func evaluate(_ arguments: TemplateArguments) throws(ChatTemplateError) -> TemplateCall {
        var result = TemplateCall()
        for argument in arguments.positional { result.positional.append(try evaluate(argument)) }
        for argument in arguments.named {
            if result.named.updateValue(try evaluate(argument.value), forKey: argument.name) == nil {
                result.names.append(argument.name)
            }
        }
        return result
    }

    /// The result of an operator of arithmetic.
    func combine(
        _ operation: String, _ left: TemplateValue, _ right: TemplateValue, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> TemplateValue {
        switch (operation, left) {
        // A format may write all that is in a value.
        case ("%", .string): try spend(onAllOf: right, place)
        default: break
        }
        let result = try TemplateArithmetic.apply(operation, left, right, place)
        try spend(on: result, place)
        return result
    }

    func compare(
        _ operation: String, _ left: TemplateValue, _ right: TemplateValue, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> Bool {
        switch operation {
        case "in", "not in": break
        default:
            if left.isContainer, right.isContainer {
                try spend(onAllOf: left, place)
            } else {
                try spend(on: left, place)
            }
        }
        switch operation {
        case "==": return left.equals(right)
        case "!=": return !left.equals(right)
        case "in": return try contains(right, left, place)
        case "not in": return !(try contains(right, left, place))
        default:
            let order = try TemplateArithmetic.order(left, right, place)
            switch operation {
            case "<": return order < 0
            case "<=": return order <= 0
            case ">": return order > 0 && order != .max
            default: return order >= 0 && order != .max
            }
        }
    }

    private func contains(
        _ container: TemplateValue, _ value: TemplateValue, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> Bool {
        switch container {
        case .string(let text):
            try spend(on: container, place)
            guard case .string(let part) = value else {
                throw ChatTemplateError("a text contains no value of type \(value.typeName)", place)
            }
            return part.utf8.isEmpty || PythonStrings.find(Array(part.utf8), in: Array(text.utf8)) != nil
        case .dictionary(let dictionary):
            if value.isContainer { try spend(onAllOf: container, place) } else { try spend(on: container, place) }
            return dictionary[value] != nil
        default:
            try spend(onAllOf: container, place)
            return try elements(of: container, place).contains { $0.equals(value) }
        }
    }

    /// `base.name`: a method first, then a member, as in Python.
    func attribute(
        _ name: String, of base: TemplateValue, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> TemplateValue {
        if case .undefined(let what) = base { throw ChatTemplateError(what, place) }
        if case .dictionary(let dictionary) = base { try spend(dictionary.members.count / 8, place) }
        if case .loop(let state) = base, let value = state.attribute(name) { return value }
        if case .dictionary(let dictionary) = base, dictionary.isNamespace {
            return dictionary[name] ?? missing(name, base)
        }
        if TemplateMethods.exists(name, for: base) { return .method(base, name) }
        if case .dictionary(let dictionary) = base, let value = dictionary[name] { return value }
        return missing(name, base)
    }

    private func missing(_ name: String, _ base: TemplateValue) -> TemplateValue {
        .undefined("'\(base.typeName) object' has no attribute '\(name)'")
    }

    /// `base[index]`: a member first, then a method.
    func element(
        _ index: TemplateValue, of base: TemplateValue, _ place: TemplatePlace
    ) throws(ChatTemplateError) -> TemplateValue {
        switch base {
        case .undefined(let what): throw ChatTemplateError(what, place)
        case .dictionary(let dictionary):
            try spend(dictionary.members.count / 8, place)
            try spend(onAllOf: index, place)
            if let value = dictionary[index] { return value }
        case .list(let list):
            if let position = index.wholeNumber {
                let position = position < 0 ? position + list.elements.count : position
                return list.elements.indices.contains(position)
                    ? list.elements[position] : .undefined("the list has no element \(position)")
            }
        case .string(let text):
            if let position = index.wholeNumber {
                try spend(text.utf8.count, place)
                let scalars = Array(text.unicodeScalars)
                let position = position < 0 ? position + scalars.count : position
                return scalars.indices.contains(position)
                    ? .string(String(scalars[position]))
                    : .undefined("the text has no element \(position)")
            }
        default: break
        }
        if case .string(let name) = index { return try attribute(name, of: base, place) }
        let name = try text(of: index, place)
        return .undefined("the value has no element \(name)")
    }

    private func slice(
        _ base: TemplateExpression, _ start: TemplateExpression?, _ stop: TemplateExpression?,
        _ step: TemplateExpression?,
        _ place: TemplatePlace
    ) throws(ChatTemplateError) -> TemplateValue {
        func bound(_ expression: TemplateExpression?) throws(ChatTemplateError) -> Int? {
            guard let expression, case let value = try evaluate(expression) else { return nil }
            if case .none = value { return nil }
            guard let number = value.wholeNumber else {
                throw ChatTemplateError("a slice's bound is of type \(value.typeName), not int", place)
            }
            return max(-(1 << 40), min(1 << 40, number))
        }
        let value = try evaluate(base)
        let (from, to, by) = (try bound(start), try bound(stop), try bound(step) ?? 1)
        if by == 0 { throw ChatTemplateError("a slice's step is 0", place) }
        func positions(_ count: Int) -> [Int] {
            func clamp(_ bound: Int) -> Int {
                let position = bound < 0 ? bound + count : bound
                return by > 0 ? max(0, min(count, position)) : max(-1, min(count - 1, position))
            }
            let first = from.map(clamp) ?? (by > 0 ? 0 : count - 1)
            let last = to.map(clamp) ?? (by > 0 ? count : -1)
            return Array(stride(from: first, to: last, by: by))
        }
        try spend(on: value, place)
        switch value {
        case .list(let list):
            return .list(
                TemplateList(positions(list.elements.count).map { list.elements[$0] }, isTuple: list.isTuple))
        case .string(let text):
            try spend(text.utf8.count, place)
            let scalars = Array(text.unicodeScalars)
            return .string(PythonText.string(positions(scalars.count).map { scalars[$0] }))
        case .undefined(let what): throw ChatTemplateError(what, place)
        default: throw ChatTemplateError("a value of type \(value.typeName) cannot be sliced", place)
        }
    }

    /// Calls a macro, a function or a method.
    func call(
        _ function: TemplateValue, _ arguments: TemplateCall, _ place: TemplatePlace, caller: TemplateValue?
    ) throws(ChatTemplateError) -> TemplateValue {
        switch function {
        case .macro(let closure): return try call(closure, arguments, place, caller: caller)
        case .function(let name): return try callFunction(name, arguments, place)
        case .method(let base, let name): return try callMethod(name, of: base, arguments, place)
        case .undefined(let what): throw ChatTemplateError(what, place)
        default: throw ChatTemplateError("a value of type \(function.typeName) cannot be called", place)
        }
    }
}

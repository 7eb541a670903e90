extension TemplateParser {
    /// An expression, or several with commas between, which are a tuple.
    mutating func parseTuple(allowsConditional: Bool = true) throws(ChatTemplateError) -> TemplateExpression {
        let start = place
        let first = try allowsConditional ? parseExpression() : parseOr()
        guard next == .symbol(",") else { return first }
        var elements = [first]
        while take(",") {
            switch next {
            case .tagEnd, .outputEnd, .symbol(")"): break
            default: elements.append(try allowsConditional ? parseExpression() : parseOr())
            }
        }
        return TemplateExpression(kind: .list(elements, isTuple: true), place: start)
    }

    /// `a if condition else b`
    mutating func parseExpression() throws(ChatTemplateError) -> TemplateExpression {
        try enter()
        let outerLinks = links
        links = 0
        defer {
            depth -= 1
            links = outerLinks
        }
        var result = try parseOr()
        while take(word: "if") {
            try link()
            let condition = try parseOr()
            let otherwise = take(word: "else") ? try parseExpression() : nil
            result = TemplateExpression(
                kind: .conditional(result, condition: condition, otherwise: otherwise), place: result.place)
        }
        return result
    }

    private mutating func parseOr() throws(ChatTemplateError) -> TemplateExpression {
        var left = try parseAnd()
        while take(word: "or") {
            try link()
            left = TemplateExpression(kind: .or(left, try parseAnd()), place: left.place)
        }
        return left
    }

    private mutating func parseAnd() throws(ChatTemplateError) -> TemplateExpression {
        var left = try parseNot()
        while take(word: "and") {
            try link()
            left = TemplateExpression(kind: .and(left, try parseNot()), place: left.place)
        }
        return left
    }

    private mutating func parseNot() throws(ChatTemplateError) -> TemplateExpression {
        let start = place
        guard take(word: "not") else { return try parseComparison() }
        try enter()
        defer { depth -= 1 }
        return TemplateExpression(kind: .not(try parseNot()), place: start)
    }

    private mutating func parseComparison() throws(ChatTemplateError) -> TemplateExpression {
        let first = try parseSum()
        var operands: [(operation: String, operand: TemplateExpression)] = []
        while true {
            if case .symbol(let symbol) = next, ["==", "!=", "<", ">", "<=", ">="].contains(symbol) {
                advance()
                operands.append((symbol, try parseSum()))
            } else if take(word: "in") {
                operands.append(("in", try parseSum()))
            } else if next == .name("not"), tokens[position + 1].kind == .name("in") {
                advance()
                advance()
                operands.append(("not in", try parseSum()))
            } else {
                break
            }
        }
        return operands.isEmpty ? first : TemplateExpression(kind: .comparison(first, operands), place: first.place)
    }

    private mutating func parseSum() throws(ChatTemplateError) -> TemplateExpression {
        var left = try parseConcatenation()
        while case .symbol(let symbol) = next, symbol == "+" || symbol == "-" {
            try link()
            advance()
            left = TemplateExpression(
                kind: .arithmetic(symbol, left, try parseConcatenation()), place: left.place)
        }
        return left
    }

    private mutating func parseConcatenation() throws(ChatTemplateError) -> TemplateExpression {
        let first = try parseProduct()
        guard next == .symbol("~") else { return first }
        var parts = [first]
        while take("~") { parts.append(try parseProduct()) }
        return TemplateExpression(kind: .concatenation(parts), place: first.place)
    }

    private mutating func parseProduct() throws(ChatTemplateError) -> TemplateExpression {
        var left = try parsePower()
        while case .symbol(let symbol) = next, ["*", "/", "//", "%"].contains(symbol) {
            try link()
            advance()
            left = TemplateExpression(kind: .arithmetic(symbol, left, try parsePower()), place: left.place)
        }
        return left
    }

    /// In Jinja a sign binds closer than a power: `-2 ** 2` is 4.
    private mutating func parsePower() throws(ChatTemplateError) -> TemplateExpression {
        var left = try parseUnary(withFilters: true)
        while take("**") {
            try link()
            left = TemplateExpression(
                kind: .arithmetic("**", left, try parseUnary(withFilters: true)), place: left.place)
        }
        return left
    }

    private mutating func parseUnary(withFilters: Bool) throws(ChatTemplateError) -> TemplateExpression {
        try enter()
        defer { depth -= 1 }
        let start = place
        var result: TemplateExpression
        if take("-") {
            result = TemplateExpression(kind: .negative(try parseUnary(withFilters: false)), place: start)
        } else if take("+") {
            result = TemplateExpression(kind: .positive(try parseUnary(withFilters: false)), place: start)
        } else {
            result = try parsePostfix(of: try parsePrimary())
        }
        return withFilters ? try parseFilters(of: result, isFirst: false) : result
    }

    private mutating func parsePrimary() throws(ChatTemplateError) -> TemplateExpression {
        let start = place
        func make(_ kind: TemplateExpression.Kind) -> TemplateExpression {
            TemplateExpression(kind: kind, place: start)
        }
        switch next {
        case .name(let name):
            advance()
            switch name {
            case "true", "True": return make(.bool(true))
            case "false", "False": return make(.bool(false))
            case "none", "None": return make(.none)
            case "and", "or", "in", "is", "if", "else", "elif":
                throw ChatTemplateError("the word \"\(name)\" cannot stand here", start)
            default: return make(.name(name))
            }
        case .integer(let value):
            advance()
            return make(.integer(value))
        case .number(let value):
            advance()
            return make(.number(value))
        case .string(var text):
            advance()
            // Neighbouring strings are one.
            while case .string(let more) = next {
                text += more
                advance()
            }
            return make(.string(text))
        case .symbol("("):
            advance()
            if take(")") { return make(.list([], isTuple: true)) }
            let inner = try parseTuple()
            try expect(")")
            return inner
        case .symbol("["):
            advance()
            var elements: [TemplateExpression] = []
            while !take("]") {
                if !elements.isEmpty { try expect(",") }
                if take("]") { break }
                elements.append(try parseExpression())
            }
            return make(.list(elements, isTuple: false))
        case .symbol("{"):
            advance()
            var members: [(key: TemplateExpression, value: TemplateExpression)] = []
            while !take("}") {
                if !members.isEmpty { try expect(",") }
                if take("}") { break }
                let key = try parseExpression()
                try expect(":")
                members.append((key, try parseExpression()))
            }
            return make(.dictionary(members))
        default: throw failure("an expression is missing")
        }
    }

    /// `.name`, `[...]` and `(...)` behind an expression.
    private mutating func parsePostfix(of base: TemplateExpression) throws(ChatTemplateError) -> TemplateExpression {
        var result = base
        while true {
            try link()
            let start = place
            if take(".") {
                if case .integer(let index) = next {
                    advance()
                    let number = TemplateExpression(kind: .integer(index), place: start)
                    result = TemplateExpression(kind: .element(result, number), place: start)
                } else {
                    result = TemplateExpression(kind: .attribute(result, try name()), place: start)
                }
            } else if take("[") {
                result = try parseElement(of: result, start)
            } else if next == .symbol("(") {
                result = TemplateExpression(kind: .call(result, try parseArguments()), place: start)
            } else {
                return result
            }
        }
    }

    private mutating func parseElement(
        of base: TemplateExpression, _ start: TemplatePlace
    ) throws(ChatTemplateError) -> TemplateExpression {
        var bounds: [TemplateExpression?] = [nil]
        var isSlice = false
        while !take("]") {
            if take(":") {
                isSlice = true
                bounds.append(nil)
                if bounds.count > 3 { throw failure("a slice has at most three parts") }
            } else {
                if bounds.last! != nil { throw failure("] is missing") }
                bounds[bounds.count - 1] = try parseTuple()
            }
        }
        if isSlice {
            let step = bounds.count > 2 ? bounds[2] : nil
            return TemplateExpression(kind: .slice(base, bounds[0], bounds[1], step), place: start)
        }
        guard let index = bounds[0] else { throw failure("an index is missing") }
        return TemplateExpression(kind: .element(base, index), place: start)
    }

    private mutating func parseArguments() throws(ChatTemplateError) -> TemplateArguments {
        var result = TemplateArguments()
        try expect("(")
        var isFirst = true
        while !take(")") {
            if !isFirst { try expect(",") }
            isFirst = false
            if take(")") { break }
            if case .name(let name) = next, tokens[position + 1].kind == .symbol("=") {
                advance()
                advance()
                result.named.append((name, try parseExpression()))
            } else {
                result.positional.append(try parseExpression())
            }
        }
        return result
    }

    /// `| filter`, `is test` and calls behind them. The first filter of a block has no bar.
    mutating func parseFilters(of base: TemplateExpression, isFirst: Bool) throws(ChatTemplateError)
        -> TemplateExpression
    {
        var result = base
        var isFirst = isFirst
        while true {
            try link()
            let start = place
            if isFirst || take("|") {
                isFirst = false
                let name = try name()
                guard TemplateFilters.names.contains(name) else {
                    throw ChatTemplateError("the filter \"\(name)\" is not known", start)
                }
                let arguments = next == .symbol("(") ? try parseArguments() : TemplateArguments()
                result = TemplateExpression(kind: .filter(result, name, arguments), place: start)
            } else if take(word: "is") {
                let isNegative = take(word: "not")
                let name = try name()
                guard TemplateTests.names.contains(name) else {
                    throw ChatTemplateError("the test \"\(name)\" is not known", start)
                }
                var arguments = TemplateArguments()
                if next == .symbol("(") {
                    arguments = try parseArguments()
                } else if beginsTestArgument {
                    arguments.positional = [try parsePostfix(of: try parsePrimary())]
                }
                result = TemplateExpression(kind: .test(result, name, arguments), place: start)
                if isNegative { result = TemplateExpression(kind: .not(result), place: start) }
            } else if next == .symbol("("), case .filter = result.kind {
                result = TemplateExpression(kind: .call(result, try parseArguments()), place: start)
            } else {
                return result
            }
        }
    }

    /// Whether an argument without parentheses follows a test, as in `x is divisibleby 3`.
    private var beginsTestArgument: Bool {
        switch next {
        case .name(let name): !["else", "or", "and", "if", "is", "in", "not"].contains(name)
        case .integer, .number, .string, .symbol("["), .symbol("{"): true
        default: false
        }
    }
}

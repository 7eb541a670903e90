/// Parses the statements of a template; expressions are in an extension.
struct TemplateParser {
    private(set) var tokens: [TemplateToken]
    var position = 0
    /// How deep the recursion is.
    var depth = 0
    /// How many operators of the current expression hang on one another: a chain is a deep tree for the evaluator.
    var links = 0

    static let maximumDepth = 100
    private static let maximumLinks = 500

    init(_ source: String) throws(ChatTemplateError) {
        var lexer = TemplateLexer(source)
        tokens = try lexer.tokenize()
    }

    mutating func parse() throws(ChatTemplateError) -> [TemplateStatement] {
        let statements = try parseBody(until: [], opening: nil)
        if next != .end { throw failure("there is more than the template's end") }
        return statements
    }

    var next: TemplateToken.Kind { tokens[position].kind }
    var place: TemplatePlace { tokens[position].place }

    func failure(_ problem: String) -> ChatTemplateError { ChatTemplateError(problem, place) }

    mutating func advance() { if position < tokens.count - 1 { position += 1 } }

    mutating func take(_ symbol: String) -> Bool {
        guard next == .symbol(symbol) else { return false }
        advance()
        return true
    }

    mutating func take(word: String) -> Bool {
        guard next == .name(word) else { return false }
        advance()
        return true
    }

    mutating func expect(_ symbol: String) throws(ChatTemplateError) {
        if !take(symbol) { throw failure("\(symbol) is missing") }
    }

    mutating func name() throws(ChatTemplateError) -> String {
        guard case .name(let name) = next else { throw failure("a name is missing") }
        advance()
        return name
    }

    private mutating func endTag() throws(ChatTemplateError) {
        guard next == .tagEnd else { throw failure("%} is missing") }
        advance()
    }

    /// Counts a level of recursion.
    mutating func enter() throws(ChatTemplateError) {
        depth += 1
        if depth > TemplateParser.maximumDepth {
            throw failure("the template is nested more than \(TemplateParser.maximumDepth) deep")
        }
    }

    /// Counts an operator of a chain such as `a + b + c`.
    mutating func link() throws(ChatTemplateError) {
        links += 1
        if links > TemplateParser.maximumLinks {
            throw failure("an expression has more than \(TemplateParser.maximumLinks) parts")
        }
    }

    /// Statements up to a tag that one of some words begins, which stays; up to the end of the template if there is none.
    private mutating func parseBody(
        until words: Set<String>, opening: (name: String, place: TemplatePlace)?
    ) throws(ChatTemplateError) -> [TemplateStatement] {
        try enter()
        defer { depth -= 1 }
        var result: [TemplateStatement] = []
        while true {
            switch next {
            case .text(let text):
                result.append(.text(text))
                advance()
            case .outputStart:
                advance()
                result.append(.output(try parseTuple()))
                guard next == .outputEnd else { throw failure("}} is missing") }
                advance()
            case .tagStart:
                if case .name(let word) = tokens[position + 1].kind {
                    if words.contains(word) { return result }
                    advance()
                    result.append(try parseStatement())
                } else {
                    throw failure("a tag begins with a name")
                }
            case .end:
                guard let opening else { return result }
                throw ChatTemplateError("the tag \"\(opening.name)\" is not closed", opening.place)
            default: throw failure("this cannot stand here")
            }
        }
    }

    /// A body and its end tag.
    private mutating func parseBody(
        closedBy word: String, _ opening: (name: String, place: TemplatePlace)
    ) throws(ChatTemplateError) -> [TemplateStatement] {
        let body = try parseBody(until: [word], opening: opening)
        advance()
        advance()
        // `{% endblock name %}` may repeat the name.
        if case .name = next { advance() }
        try endTag()
        return body
    }

    private mutating func parseStatement() throws(ChatTemplateError) -> TemplateStatement {
        let start = place
        let word = try name()
        let opening = (name: word, place: start)
        switch word {
        case "if": return try parseConditional(opening)
        case "for": return try parseLoop(opening)
        case "set": return try parseSet(opening)
        case "macro": return .macro(try parseMacro(opening))
        case "call": return try parseCallBlock(opening)
        case "filter":
            let filters = try parseFilters(
                of: TemplateExpression(kind: .name(TemplateStatement.blockName), place: start), isFirst: true)
            try endTag()
            return .filterBlock(filters, body: try parseBody(closedBy: "endfilter", opening))
        case "with":
            var assignments: [(target: TemplateTarget, value: TemplateExpression)] = []
            while next != .tagEnd {
                if !assignments.isEmpty { try expect(",") }
                let target = try parseTarget()
                try expect("=")
                assignments.append((target, try parseExpression()))
            }
            try endTag()
            return .with(assignments, body: try parseBody(closedBy: "endwith", opening), start)
        case "generation":
            // transformers marks the assistant's words with it; the text is what stands inside.
            try endTag()
            return .block(try parseBody(closedBy: "endgeneration", opening))
        case "block":
            _ = try name()
            try endTag()
            return .block(try parseBody(closedBy: "endblock", opening))
        case "do":
            let expression = try parseTuple()
            try endTag()
            return .doExpression(expression)
        case "break", "continue":
            try endTag()
            return word == "break" ? .breakLoop : .continueLoop
        default: throw ChatTemplateError("the tag \"\(word)\" is not known", start)
        }
    }

    private mutating func parseConditional(
        _ opening: (name: String, place: TemplatePlace)
    ) throws(ChatTemplateError) -> TemplateStatement {
        var branches: [(condition: TemplateExpression, body: [TemplateStatement])] = []
        var otherwise: [TemplateStatement] = []
        let condition = try parseTuple()
        try endTag()
        branches.append((condition, try parseBody(until: ["elif", "else", "endif"], opening: opening)))
        while true {
            advance()
            switch try name() {
            case "elif":
                let condition = try parseTuple()
                try endTag()
                branches.append((condition, try parseBody(until: ["elif", "else", "endif"], opening: opening)))
            case "else":
                try endTag()
                otherwise = try parseBody(until: ["endif"], opening: opening)
            default:
                try endTag()
                return .conditional(branches, otherwise: otherwise)
            }
        }
    }

    private mutating func parseLoop(
        _ opening: (name: String, place: TemplatePlace)
    ) throws(ChatTemplateError) -> TemplateStatement {
        let target = try parseTarget()
        guard take(word: "in") else { throw failure("the word \"in\" is missing") }
        let sequence = try parseTuple(allowsConditional: false)
        var condition: TemplateExpression?
        if take(word: "if") { condition = try parseExpression() }
        if next == .name("recursive") { throw failure("recursive loops are not supported") }
        try endTag()
        let body = try parseBody(until: ["else", "endfor"], opening: opening)
        advance()
        var otherwise: [TemplateStatement] = []
        if try name() == "else" {
            try endTag()
            otherwise = try parseBody(closedBy: "endfor", opening)
        } else {
            try endTag()
        }
        return .loop(
            TemplateLoop(
                target: target, sequence: sequence, condition: condition, body: body, otherwise: otherwise,
                place: opening.place))
    }

    /// `a`, `a.b`, `a, b` or `(a, b)`
    private mutating func parseTarget() throws(ChatTemplateError) -> TemplateTarget {
        try enter()
        defer { depth -= 1 }
        var targets: [TemplateTarget] = []
        var isTuple = false
        repeat {
            if !targets.isEmpty, next == .name("in") || next == .symbol("=") || next == .symbol(")") { break }
            if take("(") {
                let inner = try parseTarget()
                try expect(")")
                targets.append(inner)
            } else {
                let name = try name()
                if take(".") {
                    targets.append(.attribute(name, try self.name()))
                } else {
                    targets.append(.name(name))
                }
            }
            if next == .symbol(",") { isTuple = true }
        } while take(",")
        return isTuple ? .tuple(targets) : targets[0]
    }

    private mutating func parseSet(
        _ opening: (name: String, place: TemplatePlace)
    ) throws(ChatTemplateError) -> TemplateStatement {
        let target = try parseTarget()
        if take("=") {
            let value = try parseTuple()
            try endTag()
            return .set(target, value, opening.place)
        }
        var filters: TemplateExpression?
        if next == .symbol("|") {
            filters = try parseFilters(
                of: TemplateExpression(kind: .name(TemplateStatement.blockName), place: place), isFirst: false)
        }
        try endTag()
        return .setBlock(target, filters: filters, body: try parseBody(closedBy: "endset", opening), opening.place)
    }

    private mutating func parseParameters() throws(ChatTemplateError) -> [(name: String, fallback: TemplateExpression?)]
    {
        var result: [(name: String, fallback: TemplateExpression?)] = []
        try expect("(")
        while !take(")") {
            if !result.isEmpty { try expect(",") }
            if take(")") { break }
            let name = try name()
            result.append((name, take("=") ? try parseExpression() : nil))
        }
        return result
    }

    private mutating func parseMacro(
        _ opening: (name: String, place: TemplatePlace)
    ) throws(ChatTemplateError) -> TemplateMacro {
        let name = try name()
        let parameters = try parseParameters()
        try endTag()
        return TemplateMacro(
            name: name, parameters: parameters, body: try parseBody(closedBy: "endmacro", opening))
    }

    private mutating func parseCallBlock(
        _ opening: (name: String, place: TemplatePlace)
    ) throws(ChatTemplateError) -> TemplateStatement {
        let parameters = next == .symbol("(") ? try parseParameters() : []
        let call = try parseExpression()
        guard case .call = call.kind else { throw ChatTemplateError("this is no call", call.place) }
        try endTag()
        let body = try parseBody(closedBy: "endcall", opening)
        return .callBlock(call, caller: TemplateMacro(name: "caller", parameters: parameters, body: body))
    }
}

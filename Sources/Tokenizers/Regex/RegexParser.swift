/// Why a regular expression cannot be used.
struct RegexError: Error {
    var problem: String
    /// In scalars from the start of the pattern.
    var position: Int
}

/// A regular expression as a tree.
indirect enum RegexNode {
    case empty
    case scalar(UInt32, ignoringCase: Bool)
    case set(RegexSet)
    case sequence([RegexNode])
    case alternatives([RegexNode])
    case repeated(RegexNode, minimum: Int, maximum: Int, RegexQuantifier)
    case assertion(RegexAssertion)
    case look(RegexNode, isBehind: Bool, isNegative: Bool)
    case atomic(RegexNode)
}

/// Which of several lengths a repetition tries first, and whether it gives back.
enum RegexQuantifier: Sendable { case greedy, lazy, possessive }

/// A condition on a place.
enum RegexAssertion: Sendable { case lineStart, lineEnd, textStart, textEnd, lastLineEnd, wordBorder, noWordBorder }

/// Parses the part of Oniguruma's syntax that tokenizers use: no captures, no references, no recursion.
struct RegexParser {
    private let pattern: [UInt32]
    private var position = 0
    private var depth = 0
    private var ignoresCase = false
    private var dotMatchesNewline = false

    init(_ pattern: String) { self.pattern = pattern.unicodeScalars.map(\.value) }

    mutating func parse() throws(RegexError) -> RegexNode {
        let node = try parseAlternatives()
        if position < pattern.count { throw failure("a parenthesis closes that was not opened") }
        return node
    }

    private func failure(_ problem: String) -> RegexError { RegexError(problem: problem, position: position) }

    private var next: Unicode.Scalar? { position < pattern.count ? Unicode.Scalar(pattern[position]) : nil }

    private mutating func take(_ text: String) -> Bool {
        let scalars = text.unicodeScalars.map(\.value)
        guard pattern[position...].starts(with: scalars) else { return false }
        position += scalars.count
        return true
    }

    private mutating func parseAlternatives() throws(RegexError) -> RegexNode {
        depth += 1
        defer { depth -= 1 }
        if depth > 64 { throw failure("groups are nested more than 64 deep") }
        // A flag set inside a group holds to its end.
        let flags = (ignoresCase, dotMatchesNewline)
        defer { (ignoresCase, dotMatchesNewline) = flags }
        var alternatives = [try parseSequence()]
        while take("|") { alternatives.append(try parseSequence()) }
        return alternatives.count == 1 ? alternatives[0] : .alternatives(alternatives)
    }

    private mutating func parseSequence() throws(RegexError) -> RegexNode {
        var nodes: [RegexNode] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            let atom = try parseAtom()
            nodes.append(try parseQuantifiers(of: atom))
        }
        return nodes.count == 1 ? nodes[0] : nodes.isEmpty ? .empty : .sequence(nodes)
    }

    private mutating func parseQuantifiers(of atom: RegexNode) throws(RegexError) -> RegexNode {
        var node = atom
        var count = 0
        while let scalar = next {
            let bounds: (Int, Int)
            switch scalar {
            case "?": bounds = (0, 1)
            case "*": bounds = (0, .max)
            case "+": bounds = (1, .max)
            case "{":
                guard let parsed = try parseBounds() else { return node }
                bounds = parsed
                // Oniguruma's a{2}? is not a lazy a{2}, which would make no sense, but (?:a{2})?.
                if parsed.0 == parsed.1, pattern[position - 2] != 0x2C, take("?") {
                    node = .repeated(node, minimum: bounds.0, maximum: bounds.1, .greedy)
                    node = .repeated(node, minimum: 0, maximum: 1, .greedy)
                    continue
                }
            default: return node
            }
            let isInterval = scalar == "{"
            if !isInterval { position += 1 }
            count += 1
            if count > 4 { throw failure("too many quantifiers follow one another") }
            var quantifier = RegexQuantifier.greedy
            if take("?") {
                quantifier = .lazy
            } else if !isInterval, take("+") {
                quantifier = .possessive
            }
            node = .repeated(node, minimum: bounds.0, maximum: bounds.1, quantifier)
        }
        return node
    }

    /// `{m}`, `{m,}`, `{,n}` or `{m,n}`; nil if the brace is an ordinary character.
    private mutating func parseBounds() throws(RegexError) -> (Int, Int)? {
        let start = position
        position += 1
        let low = parseNumber()
        var high = low
        var hasComma = false
        if take(",") {
            hasComma = true
            high = parseNumber()
        }
        guard take("}"), low != nil || high != nil else {
            position = start
            return nil
        }
        let bounds = (low ?? 0, hasComma ? high ?? .max : low!)
        if bounds.0 > 1000 || (bounds.1 != .max && bounds.1 > 1000) { throw failure("a repetition exceeds 1000") }
        if bounds.0 > bounds.1 { throw failure("a repetition's bounds are in the wrong order") }
        return bounds
    }

    private mutating func parseNumber() -> Int? {
        var value: Int?
        while let scalar = next, ("0"..."9").contains(scalar) {
            value = min((value ?? 0) * 10 + Int(scalar.value - 0x30), 1_000_000)
            position += 1
        }
        return value
    }

    private mutating func parseAtom() throws(RegexError) -> RegexNode {
        guard let scalar = next else { return .empty }
        switch scalar {
        case "(": return try parseGroup()
        case "[":
            position += 1
            return .set(cased(try parseSet()))
        case ".":
            position += 1
            return .set(dotMatchesNewline ? .range(0, 0x10FFFF) : .not(.range(0x0A, 0x0A)))
        case "^":
            position += 1
            return .assertion(.lineStart)
        case "$":
            position += 1
            return .assertion(.lineEnd)
        case "\\": return try parseEscape()
        case "*", "+", "?": throw failure("a quantifier has nothing to repeat")
        case "{":
            if try parseBounds() != nil { throw failure("a quantifier has nothing to repeat") }
            position += 1
            return .scalar(scalar.value, ignoringCase: ignoresCase)
        default:
            position += 1
            return .scalar(scalar.value, ignoringCase: ignoresCase)
        }
    }

    private func cased(_ set: RegexSet) -> RegexSet { ignoresCase ? .ignoringCase(set) : set }

    private mutating func parseGroup() throws(RegexError) -> RegexNode {
        let start = position
        position += 1
        func close(_ parser: inout RegexParser) throws(RegexError) {
            if !parser.take(")") {
                parser.position = start
                throw parser.failure("a parenthesis is not closed")
            }
        }
        guard take("?") else {
            let node = try parseAlternatives()
            try close(&self)
            return node
        }
        for (opening, isBehind, isNegative) in [
            ("=", false, false), ("!", false, true), ("<=", true, false), ("<!", true, true),
        ] where take(opening) {
            let node = try parseAlternatives()
            try close(&self)
            return .look(node, isBehind: isBehind, isNegative: isNegative)
        }
        if take(":") {
            let node = try parseAlternatives()
            try close(&self)
            return node
        }
        if take(">") {
            let node = try parseAlternatives()
            try close(&self)
            return .atomic(node)
        }
        if take("<") || take("P<") {
            // The name of a capture; captures themselves are not kept.
            while let scalar = next, scalar != ">" {
                position += 1
                if !scalar.properties.isAlphabetic, scalar != "_", !("0"..."9").contains(scalar) {
                    throw failure("a group's name is not closed")
                }
            }
            guard take(">") else { throw failure("a group's name is not closed") }
            let node = try parseAlternatives()
            try close(&self)
            return node
        }
        let outer = (ignoresCase, dotMatchesNewline)
        var isOn = true
        while let scalar = next, scalar != ":", scalar != ")" {
            switch scalar {
            case "i": ignoresCase = isOn
            case "m", "s": dotMatchesNewline = isOn
            case "-": isOn = false
            default: throw failure("the group option \(scalar) is not supported")
            }
            position += 1
        }
        if take(")") {
            // As Oniguruma has it, the flags hold to the end of the group around, alternatives included.
            let node = try parseAlternatives()
            (ignoresCase, dotMatchesNewline) = outer
            return node
        }
        guard take(":") else { throw failure("a parenthesis is not closed") }
        let node = try parseAlternatives()
        (ignoresCase, dotMatchesNewline) = outer
        try close(&self)
        return node
    }

    private mutating func parseEscape() throws(RegexError) -> RegexNode {
        guard position + 1 < pattern.count, let scalar = Unicode.Scalar(pattern[position + 1]) else {
            throw failure("a backslash ends the pattern")
        }
        let assertions: [Unicode.Scalar: RegexAssertion] = [
            "A": .textStart, "z": .textEnd, "Z": .lastLineEnd, "b": .wordBorder, "B": .noWordBorder,
        ]
        if let assertion = assertions[scalar] {
            position += 2
            return .assertion(assertion)
        }
        switch try parseSetEscape() {
        case .range(let value, let last) where value == last: return .scalar(value, ignoringCase: ignoresCase)
        case let set: return .set(cased(set))
        }
    }

    /// An escape that stands for scalars, in a set or outside.
    private mutating func parseSetEscape() throws(RegexError) -> RegexSet {
        position += 1
        guard let scalar = next else { throw failure("a backslash ends the pattern") }
        position += 1
        func single(_ value: UInt32) -> RegexSet { .range(value, value) }
        switch scalar {
        case "s": return .scalarClass(ScalarClass.space.rawValue)
        case "S": return .not(.scalarClass(ScalarClass.space.rawValue))
        case "w": return .scalarClass(ScalarClass.onigurumaWord.rawValue)
        case "W": return .not(.scalarClass(ScalarClass.onigurumaWord.rawValue))
        case "d": return .scalarClass(ScalarClass.decimal.rawValue)
        case "D": return .not(.scalarClass(ScalarClass.decimal.rawValue))
        case "p", "P": return try parseProperty(isNegative: scalar == "P")
        case "n": return single(0x0A)
        case "r": return single(0x0D)
        case "t": return single(0x09)
        case "f": return single(0x0C)
        case "v": return single(0x0B)
        case "a": return single(0x07)
        case "e": return single(0x1B)
        case "0": return single(0)
        case "x":
            if take("{") {
                let value = try parseHexadecimal(1...8)
                guard take("}") else { throw failure("a brace is not closed") }
                return single(value)
            }
            return single(try parseHexadecimal(1...2))
        case "u": return single(try parseHexadecimal(4...4))
        default:
            if scalar.properties.isAlphabetic || ("1"..."9").contains(scalar) {
                position -= 1
                throw failure("the escape \\\(scalar) is not supported")
            }
            return single(scalar.value)
        }
    }

    private mutating func parseHexadecimal(_ digits: ClosedRange<Int>) throws(RegexError) -> UInt32 {
        var value: UInt32 = 0
        var count = 0
        while count < digits.upperBound, let digit = hexDigit {
            value = value << 4 | digit
            position += 1
            count += 1
        }
        guard digits.contains(count) else { throw failure("hexadecimal digits are missing") }
        return value
    }

    private var hexDigit: UInt32? {
        guard let value = next?.value else { return nil }
        switch value {
        case 0x30...0x39: return value - 0x30
        case 0x41...0x46: return value - 0x37
        case 0x61...0x66: return value - 0x57
        default: return nil
        }
    }

    private mutating func parseProperty(isNegative: Bool) throws(RegexError) -> RegexSet {
        var name = ""
        var negated = isNegative
        if take("{") {
            if take("^") { negated.toggle() }
            while let scalar = next, scalar != "}" {
                name.unicodeScalars.append(scalar)
                position += 1
            }
            guard take("}") else { throw failure("a brace is not closed") }
        } else if let scalar = next {
            name.unicodeScalars.append(scalar)
            position += 1
        }
        guard let set = RegexSet.property(name) else { throw failure("the property \(name) is not supported") }
        return negated ? .not(set) : set
    }

    /// A set behind its opening bracket.
    private mutating func parseSet() throws(RegexError) -> RegexSet {
        depth += 1
        defer { depth -= 1 }
        if depth > 64 { throw failure("sets are nested more than 64 deep") }
        let start = position
        let isNegative = take("^")
        var left: RegexSet?
        var members: [RegexSet] = []
        func combined() -> RegexSet {
            let right = RegexSet.union(members)
            return left.map { .intersection($0, right) } ?? right
        }
        var isFirst = true
        while true {
            guard let scalar = next else {
                position = start
                throw failure("a bracket is not closed")
            }
            if scalar == "]", !isFirst {
                position += 1
                break
            }
            isFirst = false
            if take("&&") {
                left = combined()
                members = []
                continue
            }
            if take("[:") {
                members.append(try parsePosixClass())
                continue
            }
            if scalar == "[" {
                position += 1
                members.append(try parseSet())
                continue
            }
            let member = try parseMember()
            guard case .range(let low, let same) = member, low == same, next == "-", position + 1 < pattern.count,
                pattern[position + 1] != 0x5D
            else {
                members.append(member)
                continue
            }
            position += 1
            guard next != "[", case .range(let high, let last) = try parseMember(), high == last else {
                throw failure("a range needs two characters")
            }
            if low > high { throw failure("a range's ends are in the wrong order") }
            members.append(.range(low, high))
        }
        return isNegative ? .not(combined()) : combined()
    }

    private mutating func parseMember() throws(RegexError) -> RegexSet {
        if next == "\\" { return try parseSetEscape() }
        guard position < pattern.count else { throw failure("a bracket is not closed") }
        defer { position += 1 }
        return .range(pattern[position], pattern[position])
    }

    private mutating func parsePosixClass() throws(RegexError) -> RegexSet {
        let isNegative = take("^")
        let classes: [(String, RegexSet)] = [
            ("alpha", .scalarClass(ScalarClass.alphabetic.rawValue)),
            ("digit", .scalarClass(ScalarClass.decimal.rawValue)),
            ("space", .scalarClass(ScalarClass.space.rawValue)),
            ("upper", .scalarClass(ScalarClass.uppercase.rawValue)),
            ("lower", .scalarClass(ScalarClass.lowercase.rawValue)),
            ("punct", .scalarClass(ScalarClass.punctuation.union(.symbol).rawValue)),
            ("word", .scalarClass(ScalarClass.onigurumaWord.rawValue)),
            ("alnum", .scalarClass(ScalarClass.alphabetic.union(.decimal).rawValue)),
        ]
        for (name, set) in classes where take(name + ":]") { return isNegative ? .not(set) : set }
        throw failure("this POSIX class is not supported")
    }
}

/// A token of a template.
struct TemplateToken: Sendable {
    enum Kind: Sendable, Hashable {
        /// Text outside tags, white-space control applied.
        case text(String)
        /// `{{`
        case outputStart
        /// `}}`
        case outputEnd
        /// `{%`
        case tagStart
        /// `%}`
        case tagEnd
        case name(String)
        case integer(Int)
        case number(Double)
        case string(String)
        case symbol(String)
        case end
    }

    let kind: Kind
    let place: TemplatePlace
}

/// Cuts a template into tokens, as Jinja does with `trim_blocks` and `lstrip_blocks`: the newline behind a tag and the
/// indentation before it belong to the tag.
struct TemplateLexer {
    private let source: [Unicode.Scalar]
    private var position = 0
    private var line = 1
    private var lineStart = 0
    private var tokens: [TemplateToken] = []

    init(_ text: String) {
        var scalars: [Unicode.Scalar] = []
        var previous: Unicode.Scalar = " "
        for scalar in text.unicodeScalars {
            // CR LF and CR are newlines.
            if scalar == "\n", previous == "\r" {
                previous = scalar
                continue
            }
            scalars.append(scalar == "\r" ? "\n" : scalar)
            previous = scalar
        }
        // One newline at the end of the file is the editor's.
        if scalars.last == "\n" { scalars.removeLast() }
        source = scalars
    }

    private var place: TemplatePlace { TemplatePlace(line: line, column: position - lineStart + 1) }

    private func peek(_ offset: Int = 0) -> Unicode.Scalar? {
        position + offset < source.count ? source[position + offset] : nil
    }

    private mutating func advance(_ count: Int = 1) {
        for _ in 0..<count where position < source.count {
            if source[position] == "\n" {
                line += 1
                lineStart = position + 1
            }
            position += 1
        }
    }

    private func looksAt(_ text: String) -> Bool {
        var offset = 0
        for scalar in text.unicodeScalars {
            if peek(offset) != scalar { return false }
            offset += 1
        }
        return true
    }

    mutating func tokenize() throws(ChatTemplateError) -> [TemplateToken] {
        // What the tag before does to the text: nothing, or `-` takes its white space.
        var stripsNext = false
        var lineStarting = true
        while true {
            let start = place
            var text: [Unicode.Scalar] = []
            while position < source.count, !looksAt("{{"), !looksAt("{%"), !looksAt("{#") {
                text.append(source[position])
                advance()
            }
            if stripsNext {
                let kept = text.drop { PythonText.isSpace($0) }
                // Jinja looks at the last character that the tag took.
                if kept.count < text.count { lineStarting = text[text.count - kept.count - 1] == "\n" }
                text = Array(kept)
            }
            stripsNext = false
            let isEnd = position == source.count
            let opening = peek(1)
            let control = peek(2)
            if !isEnd {
                if control == "-" {
                    while let last = text.last, PythonText.isSpace(last) { text.removeLast() }
                } else if opening != "{", control != "+" {
                    stripIndentation(&text, lineStarting)
                }
            }
            if !text.isEmpty { append(.text(TemplateLexer.string(text)), start) }
            if isEnd {
                append(.end, place)
                return tokens
            }
            let tag = place
            advance(2)
            if control == "-" || control == "+" { advance() }
            switch opening {
            case "#": stripsNext = try skipComment(tag)
            case "%":
                if let body = try rawBlock(tag) {
                    append(.text(body.text), tag)
                    stripsNext = body.stripsNext
                } else {
                    append(.tagStart, tag)
                    stripsNext = try lexInside(closing: "%}", .tagEnd, tag)
                }
            default:
                append(.outputStart, tag)
                stripsNext = try lexInside(closing: "}}", .outputEnd, tag)
            }
            lineStarting = position > 0 && source[position - 1] == "\n"
        }
    }

    private mutating func append(_ kind: TemplateToken.Kind, _ place: TemplatePlace) {
        tokens.append(TemplateToken(kind: kind, place: place))
    }

    private static func string(_ scalars: [Unicode.Scalar]) -> String {
        var result = String.UnicodeScalarView()
        result.append(contentsOf: scalars)
        return String(result)
    }

    /// Takes white space between the beginning of a line and a tag away.
    private func stripIndentation(_ text: inout [Unicode.Scalar], _ lineStarting: Bool) {
        var end = text.count
        while end > 0, text[end - 1] != "\n", PythonText.isSpace(text[end - 1]) { end -= 1 }
        if end > 0 ? text[end - 1] == "\n" : lineStarting { text.removeLast(text.count - end) }
    }

    /// Passes the end of a tag or comment with its white-space control; true if the text behind loses white space.
    private mutating func passEnd(_ closing: String, trimsNewline: Bool) -> Bool {
        let control = peek()
        if control == "-" || control == "+" { advance() }
        advance(closing.unicodeScalars.count)
        if control == "-" { return true }
        if trimsNewline, control != "+", peek() == "\n" { advance() }
        return false
    }

    private func atEnd(_ closing: String) -> Bool {
        looksAt(closing) || looksAt("-" + closing) || looksAt("+" + closing)
    }

    private mutating func skipComment(_ tag: TemplatePlace) throws(ChatTemplateError) -> Bool {
        while !atEnd("#}") {
            if position == source.count { throw ChatTemplateError("a comment is not closed", tag) }
            advance()
        }
        return passEnd("#}", trimsNewline: true)
    }

    /// The text of `{% raw %}...{% endraw %}` if a tag, whose opening was passed, begins one.
    private mutating func rawBlock(
        _ tag: TemplatePlace
    ) throws(ChatTemplateError) -> (text: String, stripsNext: Bool)? {
        let start = (position, line, lineStart)
        func isWord(_ lexer: inout TemplateLexer, _ word: String) -> Bool {
            while let scalar = lexer.peek(), PythonText.isSpace(scalar) { lexer.advance() }
            guard lexer.looksAt(word) else { return false }
            lexer.advance(word.unicodeScalars.count)
            while let scalar = lexer.peek(), PythonText.isSpace(scalar) { lexer.advance() }
            return lexer.atEnd("%}")
        }
        guard isWord(&self, "raw") else {
            (position, line, lineStart) = start
            return nil
        }
        // Unlike other tags, this one leaves the newline behind it.
        let strips = passEnd("%}", trimsNewline: false)
        var text: [Unicode.Scalar] = []
        while position < source.count {
            if looksAt("{%") {
                let mark = (position, line, lineStart)
                let control = peek(2)
                advance(control == "-" || control == "+" ? 3 : 2)
                if isWord(&self, "endraw") {
                    if strips { text = Array(text.drop { PythonText.isSpace($0) }) }
                    if control == "-" {
                        while let last = text.last, PythonText.isSpace(last) { text.removeLast() }
                    } else if control != "+" {
                        stripIndentation(&text, false)
                    }
                    return (TemplateLexer.string(text), passEnd("%}", trimsNewline: true))
                }
                (position, line, lineStart) = mark
            }
            text.append(source[position])
            advance()
        }
        throw ChatTemplateError("the tag \"raw\" is not closed", tag)
    }

    /// The tokens of an expression or tag up to its end.
    private mutating func lexInside(
        closing: String, _ end: TemplateToken.Kind, _ tag: TemplatePlace
    ) throws(ChatTemplateError) -> Bool {
        var depth = 0
        while true {
            while let scalar = peek(), PythonText.isSpace(scalar) { advance() }
            guard let scalar = peek() else { throw ChatTemplateError("\(closing) is missing", tag) }
            if depth == 0, atEnd(closing) {
                append(end, place)
                return passEnd(closing, trimsNewline: end == .tagEnd)
            }
            let start = place
            if PythonText.isIdentifierStart(scalar) {
                var name: [Unicode.Scalar] = []
                while let next = peek(), PythonText.isIdentifierStart(next) || next.properties.numericType == .decimal {
                    name.append(next)
                    advance()
                }
                append(.name(TemplateLexer.string(name)), start)
            } else if ("0"..."9").contains(scalar) {
                try lexNumber(start)
            } else if scalar == "\"" || scalar == "'" {
                try lexString(scalar, start)
            } else {
                let symbol = try lexSymbol(start)
                if "([{".contains(symbol) { depth += 1 }
                if ")]}".contains(symbol) { depth -= 1 }
                append(.symbol(symbol), start)
            }
        }
    }

    private mutating func lexSymbol(_ start: TemplatePlace) throws(ChatTemplateError) -> String {
        for symbol in ["//", "**", "==", "!=", "<=", ">="] where looksAt(symbol) {
            advance(2)
            return symbol
        }
        let scalar = source[position]
        guard "+-*/%~<>=.,:|()[]{}".unicodeScalars.contains(scalar) else {
            throw ChatTemplateError("the character \(scalar.debugDescription) cannot stand here", start)
        }
        advance()
        return String(scalar)
    }

    private mutating func lexNumber(_ start: TemplatePlace) throws(ChatTemplateError) {
        var digits = ""
        var isWhole = true
        func takeDigits(_ lexer: inout TemplateLexer) {
            while let next = lexer.peek(), ("0"..."9").contains(next) || next == "_" {
                if next != "_" { digits.unicodeScalars.append(next) }
                lexer.advance()
            }
        }
        takeDigits(&self)
        if peek() == ".", let next = peek(1), ("0"..."9").contains(next) {
            isWhole = false
            digits += "."
            advance()
            takeDigits(&self)
        }
        if let e = peek(), e == "e" || e == "E" {
            let sign = peek(1) == "+" || peek(1) == "-"
            if let next = peek(sign ? 2 : 1), ("0"..."9").contains(next) {
                isWhole = false
                digits += "e"
                if sign { digits.unicodeScalars.append(peek(1)!) }
                advance(sign ? 2 : 1)
                takeDigits(&self)
            }
        }
        if isWhole {
            guard let value = Int(digits) else { throw ChatTemplateError("the number exceeds 64 bits", start) }
            append(.integer(value), start)
        } else {
            append(.number(Double(digits) ?? .infinity), start)
        }
    }

    private mutating func lexString(_ quote: Unicode.Scalar, _ start: TemplatePlace) throws(ChatTemplateError) {
        advance()
        var text: [Unicode.Scalar] = []
        while let scalar = peek() {
            advance()
            if scalar == quote {
                append(.string(TemplateLexer.string(text)), start)
                return
            }
            guard scalar == "\\" else {
                text.append(scalar)
                continue
            }
            guard let escaped = peek() else { break }
            advance()
            switch escaped {
            case "n": text.append("\n")
            case "t": text.append("\t")
            case "r": text.append("\r")
            case "b": text.append("\u{8}")
            case "f": text.append("\u{C}")
            case "v": text.append("\u{B}")
            case "a": text.append("\u{7}")
            case "0": text.append("\0")
            case "\n": break
            case "\\", "'", "\"": text.append(escaped)
            case "x": text.append(try lexCode(2, start))
            case "u": text.append(try lexCode(4, start))
            case "U": text.append(try lexCode(8, start))
            default: text += ["\\", escaped]
            }
        }
        throw ChatTemplateError("a string is not closed", start)
    }

    private mutating func lexCode(_ count: Int, _ start: TemplatePlace) throws(ChatTemplateError) -> Unicode.Scalar {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let digit = peek().flatMap({ UInt32(String($0), radix: 16) }) else {
                throw ChatTemplateError("an escape needs \(count) hexadecimal digits", start)
            }
            value = value << 4 | digit
            advance()
        }
        guard let scalar = Unicode.Scalar(value) else {
            throw ChatTemplateError("an escape names no character", start)
        }
        return scalar
    }
}

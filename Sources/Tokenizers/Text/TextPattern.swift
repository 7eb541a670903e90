/// What a `Split`, a `Replace` or a pre-tokeniser looks for.
enum TextPattern: Sendable {
    /// A text, byte by byte; never empty.
    case literal([UInt8])
    /// A pattern that has a scanner of its own.
    case known(KnownPattern)
    /// Any other regular expression.
    case regex(RegexProgram)

    /// Calls a function with the matches and what lies between them; together they cover the range in order.
    @inline(__always)
    func forEachSegment(in text: UTF8Buffer, _ range: Range<Int>, _ body: (Range<Int>, _ isMatch: Bool) -> Void) {
        switch self {
        case .literal(let literal): TextPattern.find(literal, in: text, range, body)
        case .known(let pattern):
            // The scanners match everywhere.
            var position = range.lowerBound
            let slice = text.baseAddress!
            let table = ScalarClassTable.shared
            while position < range.upperBound {
                let end = pattern.end(of: position, in: slice, limit: range.upperBound, table)
                body(position..<end, true)
                position = end
            }
        case .regex(let program): program.forEachSegment(in: text, range, body)
        }
    }

    private static func find(
        _ literal: [UInt8], in text: UTF8Buffer, _ range: Range<Int>, _ body: (Range<Int>, Bool) -> Void
    ) {
        var previous = range.lowerBound
        var position = range.lowerBound
        let first = literal[0]
        while position + literal.count <= range.upperBound {
            if text[position] == first, text[position..<position + literal.count].elementsEqual(literal) {
                if previous < position { body(previous..<position, false) }
                position += literal.count
                body(position - literal.count..<position, true)
                previous = position
            } else {
                position += 1
            }
        }
        if previous < range.upperBound { body(previous..<range.upperBound, false) }
    }
}

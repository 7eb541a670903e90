/// The splitting patterns of the large vocabularies, recognised by their exact text and scanned by hand: a regex engine
/// takes ten times as long.
enum KnownPattern: Sendable {
    /// GPT-2; also inside `ByteLevel`.
    case gpt2
    /// Llama 3 and cl100k (up to three digits in a piece), Qwen 2 (one digit).
    case llama3(digits: Int)

    private static let contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
    private static let llama3Tail = #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#

    /// Recognises a pattern by its text.
    init?(regex: String) {
        let words = #"|[^\r\n\p{L}\p{N}]?\p{L}+|"#
        switch regex {
        case #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#,
            #"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#:
            self = .gpt2
        case KnownPattern.contractions + words + #"\p{N}{1,3}"# + KnownPattern.llama3Tail:
            self = .llama3(digits: 3)
        case #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"#:
            // cl100k as tiktoken spells it: possessive where nothing could be given back.
            self = .llama3(digits: 3)
        case KnownPattern.contractions + words + #"\p{N}"# + KnownPattern.llama3Tail:
            self = .llama3(digits: 1)
        default: return nil
        }
    }

    /// Where the match that begins at a position ends. There always is one.
    @inline(__always)
    func end(of start: Int, in text: UnsafePointer<UInt8>, limit: Int, _ table: ScalarClassTable) -> Int {
        switch self {
        case .gpt2: PatternScanner(text: text, limit: limit, table: table).gpt2(start)
        case .llama3(let digits): PatternScanner(text: text, limit: limit, table: table).llama3(start, digits)
        }
    }
}

/// The scanners of the known patterns. An alternative comes before those to its right in the pattern, as in a regex.
private struct PatternScanner {
    let text: UnsafePointer<UInt8>
    let limit: Int
    let table: ScalarClassTable

    /// What the patterns tell apart.
    private enum Kind: UInt8 { case letter, number, space, other }

    @inline(__always)
    private func kind(at position: Int) -> (kind: Kind, length: Int) {
        let byte = text[position]
        if byte < 0x80 { return (PatternScanner.asciiKind(byte), 1) }
        let (value, length) = text.scalar(at: position)
        let properties = table.lookUp(value)
        if properties.contains(.letter) { return (.letter, length) }
        if properties.contains(.number) { return (.number, length) }
        return (properties.contains(.space) ? .space : .other, length)
    }

    @inline(__always)
    private static func asciiKind(_ byte: UInt8) -> Kind {
        if (byte | 0x20) &- 0x61 < 26 { return .letter }
        if byte &- 0x30 < 10 { return .number }
        return byte == 0x20 || byte &- 0x09 < 5 ? .space : .other
    }

    /// The end of the run of one kind that goes on at a position.
    @inline(__always)
    private func run(_ kind: Kind, from start: Int) -> Int {
        var position = start
        while position < limit, case let next = self.kind(at: position), next.kind == kind { position += next.length }
        return position
    }

    /// ` ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+`, then white space; `'s` and its kin first.
    @inline(__always)
    func gpt2(_ start: Int) -> Int {
        let byte = text[start]
        if byte == UInt8(ascii: "'") {
            let length = contractionLength(start, ignoringCase: false)
            if length > 0 { return start + length }
        }
        let first = kind(at: start)
        let next = start + first.length
        if first.kind != .space { return run(first.kind, from: next) }
        if byte == 0x20, next < limit {
            let second = kind(at: next)
            if second.kind != .space { return run(second.kind, from: next + second.length) }
        }
        return whiteSpace(start, run(.space, from: next))
    }

    @inline(__always)
    func llama3(_ start: Int, _ digits: Int) -> Int {
        let byte = text[start]
        if byte == UInt8(ascii: "'") {
            let length = contractionLength(start, ignoringCase: true)
            if length > 0 { return start + length }
        }
        let first = kind(at: start)
        let next = start + first.length
        if first.kind == .letter { return run(.letter, from: next) }
        if first.kind == .number {
            var end = next
            var count = 1
            while count < digits, end < limit, case let more = kind(at: end), more.kind == .number {
                end += more.length
                count += 1
            }
            return end
        }
        let isNewline = byte == 0x0A || byte == 0x0D
        if next < limit, !isNewline {
            let second = kind(at: next)
            // [^\r\n\p{L}\p{N}]?\p{L}+
            if second.kind == .letter { return run(.letter, from: next + second.length) }
            // " ?[^\s\p{L}\p{N}]+[\r\n]*" with the space
            if byte == 0x20, second.kind == .other {
                return newlines(from: run(.other, from: next + second.length))
            }
        }
        if first.kind == .other { return newlines(from: run(.other, from: next)) }
        // \s*[\r\n]+ ends behind the last newline of the run of white space.
        let end = run(.space, from: next)
        var position = end
        while position > start {
            let byte = text[position - 1]
            if byte == 0x0A || byte == 0x0D { return position }
            position -= 1
        }
        return whiteSpace(start, end)
    }

    private func newlines(from start: Int) -> Int {
        var position = start
        while position < limit, text[position] == 0x0A || text[position] == 0x0D { position += 1 }
        return position
    }

    /// `\s+(?!\S)|\s+` on a run of white space: all of it at the end of the text, else without its last scalar, which
    /// belongs to the next piece, unless it is the only one.
    @inline(__always)
    private func whiteSpace(_ start: Int, _ end: Int) -> Int {
        if end == limit { return end }
        let last = text.scalarStart(before: end)
        return last > start ? last : end
    }

    /// The length of `'s`, `'t`, `'m`, `'d`, `'re`, `'ve` or `'ll` at an apostrophe, or 0.
    @inline(__always)
    private func contractionLength(_ start: Int, ignoringCase: Bool) -> Int {
        guard start + 1 < limit else { return 0 }
        let fold: UInt8 = ignoringCase ? 0x20 : 0
        let first = text[start + 1] | fold
        switch first {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return 2
        case UInt8(ascii: "r"), UInt8(ascii: "v"), UInt8(ascii: "l"):
            guard start + 2 < limit else { return 0 }
            let second = text[start + 2] | fold
            return second == (first == UInt8(ascii: "l") ? first : UInt8(ascii: "e")) ? 3 : 0
        case 0xC5 | fold:
            // ſ folds to s.
            return ignoringCase && text[start + 1] == 0xC5 && text[start + 2] == 0xBF ? 3 : 0
        default: return 0
        }
    }
}

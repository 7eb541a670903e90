/// A part of a text that a model turns into tokens by itself, in bytes.
struct Piece {
    var start: Int32
    var end: Int32

    @inline(__always)
    init(_ range: Range<Int>) {
        start = Int32(truncatingIfNeeded: range.lowerBound)
        end = Int32(truncatingIfNeeded: range.upperBound)
    }

    var range: Range<Int> { Int(start)..<Int(end) }
}

/// Text and the pieces that pre-tokenisers have cut it into; what lies between pieces is dropped.
struct PieceList {
    var text: NormalizedText
    var pieces: [Piece]

    /// Whether the text's first piece is the beginning of the original text.
    let isAtStart: Bool
}

/// A step that cuts text into pieces: the `pre_tokenizer` of a tokenizer.json.
indirect enum PreTokenizer: Sendable {
    case byteLevel(addsPrefixSpace: Bool, usesRegex: Bool)
    case bert
    case whitespace
    case whitespaceSplit
    case metaspace(replacement: UInt32, scheme: PrependScheme, splits: Bool)
    case digits(individual: Bool)
    case punctuation(SplitBehavior)
    case split(TextPattern, SplitBehavior, inverts: Bool)
    case fixedLength(Int)
    case sequence([PreTokenizer])

    /// When `metaspace` puts its character before the text.
    enum PrependScheme: String, Sendable { case first, never, always }

    /// Cuts every piece.
    ///
    /// - Parameter isByteModel: the model works on bytes, so the last `byteLevel` step leaves them as they are instead of
    ///   writing its alphabet.
    func apply(to list: inout PieceList, isByteModel: Bool) {
        switch self {
        case .byteLevel(let addsPrefixSpace, let usesRegex):
            if addsPrefixSpace { list.prepend(0x20) { _ in true } }
            if usesRegex { list.split(.known(.gpt2), .isolated, inverts: false) }
            if !isByteModel {
                let encoded = list.text.byteLevelEncoded(list.pieces)
                list.text = encoded.text
                list.pieces = encoded.pieces
            }
        case .bert:
            list.splitWords(.space, .removed)
            list.splitWords(.bertPunctuation, .isolated, ScalarClass.isPunctuation)
        case .whitespace: list.splitWordsAndMarks()
        case .whitespaceSplit: list.splitWords(.space, .removed)
        case .metaspace(let replacement, let scheme, let splits):
            list.replaceSpaces(with: replacement)
            if scheme != .never {
                let isFirstOnly = scheme == .first
                let isAtStart = list.isAtStart
                list.prepend(replacement) { !isFirstOnly || (isAtStart && $0 == 0) }
            }
            if splits {
                var pattern: [UInt8] = []
                pattern.append(scalar: replacement)
                list.split(.literal(pattern), .mergedWithNext, inverts: false)
            }
        case .digits(let individual):
            list.splitWords(.number, individual ? .isolated : .contiguous)
        case .punctuation(let behavior):
            list.splitWords(.bertPunctuation, behavior, ScalarClass.isPunctuation)
        case .split(let pattern, let behavior, let inverts): list.split(pattern, behavior, inverts: inverts)
        case .fixedLength(let length): list.splitEvery(length)
        case .sequence(let steps):
            for (position, step) in steps.enumerated() {
                step.apply(to: &list, isByteModel: isByteModel && position == steps.count - 1)
            }
        }
    }

    /// Whether the last step is `byteLevel`.
    var endsWithByteLevel: Bool {
        switch self {
        case .byteLevel: true
        case .sequence(let steps): steps.last?.endsWithByteLevel ?? false
        default: false
        }
    }
}

extension ScalarClass {
    /// BERT's punctuation: category P (of Unicode 8) and every visible ASCII character that is no letter or digit.
    @inline(__always)
    static func isPunctuation(_ value: UInt32) -> Bool {
        if value < 0x80 {
            return value &- 0x21 < 15 || value &- 0x3A < 7 || value &- 0x5B < 6 || value &- 0x7B < 4
        }
        return ScalarClass(of: value).contains(.bertPunctuation)
    }
}

extension PieceList {
    /// Puts a scalar before every chosen piece that does not begin with it.
    fileprivate mutating func prepend(_ scalar: UInt32, where isChosen: (Int) -> Bool) {
        var prefix: [UInt8] = []
        prefix.append(scalar: scalar)
        let chosen = pieces.indices.map { index in
            isChosen(index) && !text.bytes[pieces[index].range].starts(with: prefix)
        }
        if !chosen.contains(true) { return }
        rewrite { index, piece, pointer, rewriter in
            let start = Int(piece.start)
            if chosen[index] { rewriter.append(prefix, for: start..<start) }
            rewriter.keep(pointer, piece.range)
        }
    }

    fileprivate mutating func replaceSpaces(with scalar: UInt32) {
        rewrite { _, piece, pointer, rewriter in
            var kept = Int(piece.start)
            for position in piece.range where pointer[position] == 0x20 {
                rewriter.keep(pointer, kept..<position)
                rewriter.append(scalar, for: position..<position + 1)
                kept = position + 1
            }
            rewriter.keep(pointer, kept..<Int(piece.end))
        }
    }

    /// Writes a new text, piece by piece.
    private mutating func rewrite(_ body: (Int, Piece, UnsafePointer<UInt8>, inout TextRewriter) -> Void) {
        var rewriter = TextRewriter(text)
        text.bytes.withUnsafeBufferPointer { buffer in
            guard let pointer = buffer.baseAddress else { return }
            for index in pieces.indices {
                let start = rewriter.bytes.count
                body(index, pieces[index], pointer, &rewriter)
                pieces[index] = Piece(start..<rewriter.bytes.count)
            }
        }
        text = rewriter.finish()
    }
}

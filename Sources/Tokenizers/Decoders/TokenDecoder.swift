/// What makes text of tokens again: the `decoder` of a tokenizer.json.
indirect enum TokenDecoder: Sendable {
    case byteLevel
    case wordPiece(prefix: [UInt8], cleansUp: Bool)
    case metaspace(replacement: [UInt8], dropsFirst: Bool)
    case bpe(suffix: [UInt8])
    case byteFallback
    case fuse
    case strip(content: [UInt8], start: Int, stop: Int)
    case replace(pattern: TextPattern, content: [UInt8])
    case ctc(padding: [UInt8], delimiter: [UInt8], cleansUp: Bool)
    case sequence([TokenDecoder])

    /// Rewrites tokens; what is left is joined to the text.
    func apply(to tokens: [[UInt8]]) -> [[UInt8]] {
        switch self {
        case .byteLevel:
            var bytes: [UInt8] = []
            for token in tokens { token.withUnsafeBufferPointer { ByteAlphabet.decode($0, into: &bytes) } }
            return [repairedUTF8(bytes)]
        case .wordPiece(let prefix, let cleansUp):
            return tokens.enumerated().map { position, token in
                var token = token
                if position > 0 {
                    if token.starts(with: prefix) {
                        token.removeFirst(prefix.count)
                    } else {
                        token.insert(UInt8(ascii: " "), at: 0)
                    }
                }
                return cleansUp ? TokenDecoder.cleanedUp(token) : token
            }
        case .metaspace(let replacement, let dropsFirst):
            return tokens.enumerated().map { position, token in
                token.replacingAll(replacement, with: position == 0 && dropsFirst ? [] : [UInt8(ascii: " ")])
            }
        case .bpe(let suffix):
            return tokens.enumerated().map { position, token in
                token.replacingAll(suffix, with: position == tokens.count - 1 ? [] : [UInt8(ascii: " ")])
            }
        case .byteFallback: return TokenDecoder.joiningBytes(tokens)
        case .fuse: return [Array(tokens.joined())]
        case .strip(let content, let start, let stop):
            return tokens.map { token in
                var part = token[...]
                for _ in 0..<start where part.starts(with: content) { part.removeFirst(content.count) }
                for _ in 0..<stop where part.count >= content.count && part.suffix(content.count) == content[...] {
                    part.removeLast(content.count)
                }
                return Array(part)
            }
        case .replace(let pattern, let content):
            return tokens.map {
                NormalizedText(bytes: $0, tracksOffsets: false).replacing(pattern, with: content).bytes
            }
        case .ctc(let padding, let delimiter, let cleansUp):
            var result: [[UInt8]] = []
            for (position, token) in tokens.enumerated() where position == 0 || tokens[position - 1] != token {
                var text = token.replacingAll(padding, with: [])
                if cleansUp {
                    text = TokenDecoder.cleanedUp(text).replacingAll(delimiter, with: [UInt8(ascii: " ")])
                }
                if !text.isEmpty { result.append(text) }
            }
            return result
        case .sequence(let steps): return steps.reduce(tokens) { $1.apply(to: $0) }
        }
    }

    /// Joins runs of `<0x41>` tokens to text; a run that is not UTF-8 becomes one U+FFFD a token.
    private static func joiningBytes(_ tokens: [[UInt8]]) -> [[UInt8]] {
        var result: [[UInt8]] = []
        var run: [UInt8] = []
        func flush() {
            if run.isEmpty { return }
            if run.withUnsafeBufferPointer({ firstInvalidUTF8($0) }) == nil {
                result.append(run)
            } else {
                for _ in run { result.append(replacementCharacter) }
            }
            run.removeAll(keepingCapacity: true)
        }
        for token in tokens {
            if let byte = byteOfFallbackToken(token) {
                run.append(byte)
            } else {
                flush()
                result.append(token)
            }
        }
        flush()
        return result
    }

    /// The byte that a token such as `<0x41>` stands for.
    static func byteOfFallbackToken(_ token: [UInt8]) -> UInt8? {
        guard token.count == 6, token.starts(with: "<0x".utf8), token[5] == UInt8(ascii: ">") else { return nil }
        return UInt8(String(decoding: token[3..<5], as: UTF8.self), radix: 16)
    }

    /// Takes the space before punctuation and English clitics away, as transformers does.
    private static func cleanedUp(_ token: [UInt8]) -> [UInt8] {
        // Almost every token begins with a space, and almost none goes on as a rule needs it.
        let mayMatch = token.indices.dropLast().contains { position in
            token[position] == UInt8(ascii: " ") && "?.!,'nd".utf8.contains(token[position + 1])
        }
        guard mayMatch else { return token }
        return cleanupRules.reduce(token) { $0.replacingAll($1.0, with: $1.1) }
    }

    private static let cleanupRules: [([UInt8], [UInt8])] = [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
        (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ].map { (Array($0.0.utf8), Array($0.1.utf8)) }

    /// Whether every token gives its bytes whatever stands around it: then decoding needs no list of tokens.
    var isByteLevel: Bool {
        switch self {
        case .byteLevel: true
        case .sequence(let steps): steps.count == 1 && steps[0].isByteLevel
        default: false
        }
    }
}

/// U+FFFD.
let replacementCharacter: [UInt8] = [0xEF, 0xBF, 0xBD]

/// Bytes as valid UTF-8, U+FFFD in the place of what is not.
func repairedUTF8(_ bytes: [UInt8]) -> [UInt8] {
    if bytes.withUnsafeBufferPointer({ firstInvalidUTF8($0) }) == nil { return bytes }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    bytes.withUnsafeBufferPointer { buffer in
        var position = 0
        while position < buffer.count {
            let step = utf8Step(buffer, at: position)
            if step > 0 {
                result.append(contentsOf: UTF8Buffer(rebasing: buffer[position..<position + step]))
                position += step
            } else {
                result.append(contentsOf: replacementCharacter)
                position = step == 0 ? buffer.count : position - step
            }
        }
    }
    return result
}

extension [UInt8] {
    /// The bytes with every occurrence of a part replaced, from left to right; an empty part is never found.
    func replacingAll(_ part: [UInt8], with replacement: [UInt8]) -> [UInt8] {
        if part.isEmpty { return self }
        return NormalizedText(bytes: self, tracksOffsets: false).replacing(.literal(part), with: replacement).bytes
    }
}

/// A step that rewrites text before it is split: the `normalizer` of a tokenizer.json.
indirect enum TextNormalizer: Sendable {
    case form(NormalizationForm)
    case lowercase
    case stripAccents
    case strip(left: Bool, right: Bool)
    case replace(pattern: TextPattern, content: [UInt8])
    case prepend([UInt8])
    case bert(BertNormalizer)
    case nmt
    case precompiled(PrecompiledCharsmap)
    case byteLevel
    case sequence([TextNormalizer])

    /// The rewritten text.
    func apply(to text: NormalizedText) -> NormalizedText {
        switch self {
        case .form(let form): return text.normalized(to: form)
        case .lowercase: return text.lowercased()
        case .stripAccents: return text.mappingScalars { ScalarClass(of: $0).contains(.combiningMark) ? nil : $0 }
        case .strip(let left, let right): return text.stripped(left: left, right: right)
        case .replace(let pattern, let content): return text.replacing(pattern, with: content)
        case .prepend(let prefix): return text.bytes.isEmpty ? text : text.prepending(prefix)
        case .bert(let bert): return bert.apply(to: text)
        case .nmt: return text.mappingScalars(TextNormalizer.nmt)
        case .precompiled(let charsmap): return charsmap.apply(to: text)
        case .byteLevel: return text.byteLevelEncoded(nil).text
        case .sequence(let steps): return steps.reduce(text) { $1.apply(to: $0) }
        }
    }

    /// Whether any step writes the byte-level alphabet, so that the pre-tokeniser must not.
    var containsByteLevel: Bool {
        switch self {
        case .byteLevel: true
        case .sequence(let steps): steps.contains { $0.containsByteLevel }
        default: false
        }
    }

    /// SentencePiece's `nmt` rule: drops controls, turns white space and invisible characters into spaces.
    private static func nmt(_ value: UInt32) -> UInt32? {
        switch value {
        case 0x1...0x8, 0xB, 0xE...0x1F, 0x7F, 0x8F, 0x9F: nil
        case 0x9, 0xA, 0xC, 0xD, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD: 0x20
        default: value
        }
    }
}

extension NormalizedText {
    /// The text with every scalar replaced by another or dropped.
    func mappingScalars(_ transform: (UInt32) -> UInt32?) -> NormalizedText {
        var rewriter = TextRewriter(self)
        bytes.withUnsafeBufferPointer { buffer in
            guard let pointer = buffer.baseAddress else { return }
            var position = 0
            var kept = 0
            while position < buffer.count {
                let (value, length) = pointer.scalar(at: position)
                let result = transform(value)
                if result != value {
                    rewriter.keep(pointer, kept..<position)
                    if let result { rewriter.append(result, for: position..<position + length) }
                    kept = position + length
                }
                position += length
            }
            rewriter.keep(pointer, kept..<position)
        }
        return rewriter.finish()
    }

    /// The text in lower case, scalar by scalar: a sigma stays σ at the end of a word, İ becomes i and a dot above.
    func lowercased() -> NormalizedText {
        var rewriter = TextRewriter(self)
        bytes.withUnsafeBufferPointer { buffer in
            guard let pointer = buffer.baseAddress else { return }
            var position = 0
            var kept = 0
            while position < buffer.count {
                let (value, length) = pointer.scalar(at: position)
                let isUpper = value < 0x80 ? value &- 0x41 < 26 : hasLowercase(value)
                if isUpper {
                    rewriter.keep(pointer, kept..<position)
                    let range = position..<position + length
                    if value < 0x80 {
                        rewriter.append(value | 0x20, for: range)
                    } else {
                        rewriter.append(Unicode.Scalar(value)!.properties.lowercaseMapping.utf8, for: range)
                    }
                    kept = position + length
                }
                position += length
            }
            rewriter.keep(pointer, kept..<position)
        }
        return rewriter.finish()
    }

    private func hasLowercase(_ value: UInt32) -> Bool {
        // Unified ideographs, Hangul and most symbols have no case: do not ask for a string.
        if (0x2E80...0xA63F).contains(value) || (0xAC00...0xD7FF).contains(value) { return false }
        return Unicode.Scalar(value)!.properties.changesWhenLowercased
    }

    /// The text without white space at its ends.
    func stripped(left: Bool, right: Bool) -> NormalizedText {
        var rewriter = TextRewriter(self)
        bytes.withUnsafeBufferPointer { buffer in
            guard let pointer = buffer.baseAddress else { return }
            var start = 0
            var end = buffer.count
            while left, start < end, case let scalar = pointer.scalar(at: start),
                ScalarClass(of: scalar.value).contains(.space)
            {
                start += scalar.length
            }
            while right, end > start, case let previous = pointer.scalarStart(before: end),
                ScalarClass(of: pointer.scalar(at: previous).value).contains(.space)
            {
                end = previous
            }
            rewriter.keep(pointer, start..<end)
        }
        return rewriter.finish()
    }

    /// The text behind a prefix.
    func prepending(_ prefix: [UInt8]) -> NormalizedText {
        var rewriter = TextRewriter(self)
        rewriter.append(prefix, for: 0..<0)
        bytes.withUnsafeBufferPointer { buffer in
            if let pointer = buffer.baseAddress { rewriter.keep(pointer, 0..<buffer.count) }
        }
        return rewriter.finish()
    }

    /// The text with every match of a pattern replaced.
    func replacing(_ pattern: TextPattern, with content: [UInt8]) -> NormalizedText {
        var rewriter = TextRewriter(self)
        bytes.withUnsafeBufferPointer { buffer in
            guard let pointer = buffer.baseAddress else { return }
            pattern.forEachSegment(in: buffer, 0..<buffer.count) { range, isMatch in
                if isMatch { rewriter.append(content, for: range) } else { rewriter.keep(pointer, range) }
            }
        }
        return rewriter.finish()
    }
}

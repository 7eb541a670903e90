/// BERT's cleaning (Devlin et al. 2018, `BasicTokenizer`): controls dropped, white space made spaces, ideographs set apart,
/// accents stripped, lower case.
struct BertNormalizer: Sendable {
    var cleanText = true
    var handleChineseCharacters = true
    /// nil: if `lowercase`.
    var stripAccents: Bool?
    var lowercase = true

    func apply(to text: NormalizedText) -> NormalizedText {
        var result = text
        if cleanText { result = result.mappingScalars(BertNormalizer.clean) }
        if handleChineseCharacters { result = result.spacingIdeographs() }
        if stripAccents ?? lowercase, result.bytes.contains(where: { $0 >= 0xC3 }) {
            result = result.normalized(to: .nfd)
                .mappingScalars { $0 >= 0x300 && ScalarClass(of: $0).contains(.bertMark) ? nil : $0 }
        }
        if lowercase { result = result.lowercased() }
        return result
    }

    private static func clean(_ value: UInt32) -> UInt32? {
        if value &- 0x20 < 0x5F { return value }
        let properties = ScalarClass(of: value)
        if value == 0x09 || value == 0x0A || value == 0x0D { return 0x20 }
        if value == 0 || value == 0xFFFD || properties.contains(.bertControl) { return nil }
        return properties.contains(.space) ? 0x20 : value
    }
}

extension NormalizedText {
    /// The text with spaces around every ideograph of the blocks that BERT names.
    fileprivate func spacingIdeographs() -> NormalizedText {
        // The lowest of these blocks begins at U+3400, E3 in UTF-8.
        guard bytes.contains(where: { $0 >= 0xE3 }) else { return self }
        var rewriter = TextRewriter(self)
        bytes.withUnsafeBufferPointer { buffer in
            guard let pointer = buffer.baseAddress else { return }
            var position = 0
            var kept = 0
            while position < buffer.count {
                let (value, length) = pointer.scalar(at: position)
                if value >= 0x3400, NormalizedText.isIdeograph(value) {
                    let range = position..<position + length
                    rewriter.keep(pointer, kept..<position)
                    rewriter.append(0x20, for: position..<position)
                    rewriter.keep(pointer, range)
                    rewriter.append(0x20, for: position + length..<position + length)
                    kept = position + length
                }
                position += length
            }
            rewriter.keep(pointer, kept..<position)
        }
        return rewriter.finish()
    }

    private static func isIdeograph(_ value: UInt32) -> Bool {
        switch value {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
            0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
            true
        default: false
        }
    }
}

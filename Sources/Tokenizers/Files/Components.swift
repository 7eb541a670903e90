extension ComponentFields {
    func normalizer(depth: Int = 0) throws(TokenizerError) -> TextNormalizer {
        let name = try type()
        switch name {
        case "NFC": return .form(.nfc)
        case "NFD": return .form(.nfd)
        case "NFKC": return .form(.nfkc)
        case "NFKD": return .form(.nfkd)
        case "Lowercase": return .lowercase
        case "StripAccents": return .stripAccents
        case "Strip":
            return .strip(
                left: try bool("strip_left", default: true), right: try bool("strip_right", default: true))
        case "Replace": return .replace(pattern: try pattern("pattern"), content: try bytes("content"))
        case "Prepend": return .prepend(try bytes("prepend"))
        case "BertNormalizer":
            return .bert(
                BertNormalizer(
                    cleanText: try bool("clean_text", default: true),
                    handleChineseCharacters: try bool("handle_chinese_chars", default: true),
                    stripAccents: try optionalBool("strip_accents"), lowercase: try bool("lowercase", default: true)))
        case "Nmt": return .nmt
        case "ByteLevel": return .byteLevel
        case "Precompiled":
            let text = try string("precompiled_charsmap")
            guard let data = decodeBase64(text), let charsmap = PrecompiledCharsmap(data) else {
                throw failure(
                    "the rules cannot be read", "precompiled_charsmap", expected: "a SentencePiece map in base 64")
            }
            return .precompiled(charsmap)
        case "Sequence":
            try checkDepth(depth)
            var steps: [TextNormalizer] = []
            for fields in try list("normalizers") { steps.append(try fields.normalizer(depth: depth + 1)) }
            return .sequence(steps)
        default:
            throw unknown(
                "normaliser", name,
                "NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, Strip, Replace, Prepend, BertNormalizer, Nmt, "
                    + "ByteLevel, Precompiled or Sequence")
        }
    }

    func preTokenizer(depth: Int = 0) throws(TokenizerError) -> PreTokenizer {
        let name = try type()
        switch name {
        case "ByteLevel":
            return .byteLevel(
                addsPrefixSpace: try bool("add_prefix_space", default: true),
                usesRegex: try bool("use_regex", default: true))
        case "BertPreTokenizer": return .bert
        case "Whitespace": return .whitespace
        case "WhitespaceSplit": return .whitespaceSplit
        case "Metaspace":
            return .metaspace(
                replacement: try scalar("replacement", default: "\u{2581}"), scheme: try prependScheme(),
                splits: try bool("split", default: true))
        case "Digits": return .digits(individual: try bool("individual_digits", default: false))
        case "Punctuation": return .punctuation(try splitBehavior(default: "Isolated"))
        case "CharDelimiterSplit":
            var delimiter: [UInt8] = []
            delimiter.append(scalar: try scalar("delimiter"))
            return .split(.literal(delimiter), .removed, inverts: false)
        case "Split":
            return .split(
                try pattern("pattern"), try splitBehavior(default: nil), inverts: try bool("invert", default: false))
        case "FixedLength":
            let length = try count("length", default: 5)
            if length == 0 { throw failure("the length is 0", "length", expected: "at least 1") }
            return .fixedLength(length)
        case "Sequence":
            try checkDepth(depth)
            var steps: [PreTokenizer] = []
            for fields in try list("pretokenizers") { steps.append(try fields.preTokenizer(depth: depth + 1)) }
            return .sequence(steps)
        default:
            throw unknown(
                "pre-tokeniser", name,
                "ByteLevel, BertPreTokenizer, Whitespace, WhitespaceSplit, Metaspace, Digits, Punctuation, "
                    + "CharDelimiterSplit, Split, FixedLength or Sequence")
        }
    }

    private func prependScheme() throws(TokenizerError) -> PreTokenizer.PrependScheme {
        // Files from before `prepend_scheme` have only `add_prefix_space`.
        let addsSpace = try optionalBool("add_prefix_space") ?? true
        let name = try string("prepend_scheme", default: addsSpace ? "always" : "never")
        guard let scheme = PreTokenizer.PrependScheme(rawValue: name) else {
            throw failure("the scheme \"\(name)\" is not known", "prepend_scheme", expected: "always, first or never")
        }
        return scheme
    }

    private func splitBehavior(default fallback: String?) throws(TokenizerError) -> SplitBehavior {
        let name = try string("behavior", default: fallback)
        guard let behavior = SplitBehavior(rawValue: name) else {
            throw failure(
                "the behaviour \"\(name)\" is not known", "behavior",
                expected: "Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous")
        }
        return behavior
    }

    func decoder(depth: Int = 0) throws(TokenizerError) -> TokenDecoder {
        let name = try type()
        switch name {
        case "ByteLevel": return .byteLevel
        case "WordPiece":
            return .wordPiece(
                prefix: try bytes("prefix", default: "##"), cleansUp: try bool("cleanup", default: true))
        case "Metaspace":
            var replacement: [UInt8] = []
            replacement.append(scalar: try scalar("replacement", default: "\u{2581}"))
            return .metaspace(replacement: replacement, dropsFirst: try prependScheme() != .never)
        case "BPEDecoder": return .bpe(suffix: try bytes("suffix", default: "</w>"))
        case "ByteFallback": return .byteFallback
        case "Fuse": return .fuse
        case "Strip":
            var content: [UInt8] = []
            content.append(scalar: try scalar("content"))
            return .strip(
                content: content, start: min(try count("start"), 1 << 20), stop: min(try count("stop"), 1 << 20))
        case "Replace": return .replace(pattern: try pattern("pattern"), content: try bytes("content"))
        case "CTC":
            return .ctc(
                padding: try bytes("pad_token", default: "<pad>"),
                delimiter: try bytes("word_delimiter_token", default: "|"),
                cleansUp: try bool("cleanup", default: true))
        case "Sequence":
            try checkDepth(depth)
            var steps: [TokenDecoder] = []
            for fields in try list("decoders") { steps.append(try fields.decoder(depth: depth + 1)) }
            return .sequence(steps)
        default:
            throw unknown(
                "decoder", name,
                "ByteLevel, WordPiece, Metaspace, BPEDecoder, ByteFallback, Fuse, Strip, Replace, CTC or Sequence")
        }
    }

    func checkDepth(_ depth: Int) throws(TokenizerError) {
        if depth > 32 { throw failure("sequences are nested more than 32 deep", "type") }
    }
}

/// The bytes of a text in base 64, or nil.
private func decodeBase64(_ text: String) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(text.utf8.count / 4 * 3)
    var bits: UInt32 = 0
    var count = 0
    for byte in text.utf8 {
        let digit: UInt8
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit = byte - 0x41
        case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = byte - 0x61 + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - 0x30 + 52
        case UInt8(ascii: "+"): digit = 62
        case UInt8(ascii: "/"): digit = 63
        case UInt8(ascii: "="): continue
        default: return nil
        }
        bits = bits << 6 | UInt32(digit)
        count += 6
        if count >= 8 {
            count -= 8
            result.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        }
    }
    return result
}

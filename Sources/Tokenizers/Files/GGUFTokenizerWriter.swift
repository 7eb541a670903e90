import Tensor

extension Tokenizer {
    /// The metadata that describe the tokenizer in a GGUF file (`tokenizer.ggml.*`), as `Tokenizer(gguf:)` and llama.cpp read
    /// them.
    ///
    /// There are words for byte-level BPE with one of the pre-tokenisers that llama.cpp knows by name, for BPE with byte
    /// fallback, and for WordPiece.
    ///
    /// - Parameter vocabularySize: the number of rows of the model's embedding; ids without a token get a stand-in.
    /// - Throws: ``TokenizerError`` if GGUF has no words for the tokenizer, or the model has fewer rows than it tokens.
    public func ggufMetadata(
        vocabularySize: Int? = nil
    ) throws(TokenizerError) -> [(key: String, value: GGUFValue)] {
        let size = vocabularySize ?? self.vocabularySize
        guard size >= self.vocabularySize else {
            throw GGUFTokenizerWriter.failure(
                "it has \(self.vocabularySize) tokens", "tokens", expected: "at most the \(size) of the model")
        }
        return try GGUFTokenizerWriter(self, size: size).metadata()
    }
}

/// Finds GGUF's words for a tokenizer.
private struct GGUFTokenizerWriter {
    private let tokenizer: Tokenizer
    private let size: Int

    /// The numbers of token types (llama.h, `enum llama_token_type`).
    private enum TokenType: Int32 {
        case normal = 1
        case unknown, control, userDefined, unused, byte
    }

    init(_ tokenizer: Tokenizer, size: Int) {
        self.tokenizer = tokenizer
        self.size = size
    }

    static func failure(_ problem: String, _ field: String, expected: String? = nil) -> TokenizerError {
        TokenizerError(path: "the tokenizer as GGUF", problem: problem, field: field, expected: expected)
    }

    func metadata() throws(TokenizerError) -> [(key: String, value: GGUFValue)] {
        var pairs: [(key: String, value: GGUFValue)]
        switch tokenizer.model {
        case .bpe(let model) where model.isByteLevel: pairs = try byteLevelBPE(model)
        case .bpe(let model) where model.usesByteFallback: pairs = try byteFallbackBPE(model)
        case .wordPiece(let model): pairs = wordPiece(model)
        default:
            throw GGUFTokenizerWriter.failure(
                "the model has no words in GGUF", "model",
                expected: "BPE over bytes or with byte fallback, or WordPiece")
        }
        pairs += try specialTokens()
        let configuration = tokenizer.configuration
        if let template = configuration.chatTemplate { pairs.append(("tokenizer.chat_template", .string(template))) }
        for (name, template) in configuration.namedChatTemplates.sorted(by: { $0.key < $1.key }) {
            pairs.append(("tokenizer.chat_template.\(name)", .string(template)))
        }
        return pairs
    }

    // MARK: The kinds

    private func byteLevelBPE(_ model: BPEModel) throws(TokenizerError) -> [(key: String, value: GGUFValue)] {
        guard let name = preTokenizerName(model) else {
            throw GGUFTokenizerWriter.failure(
                "the pre-tokeniser has no name in GGUF", "pre_tokenizer",
                expected: "the pattern of GPT-2, Llama 3 or Qwen 2, or SmolLM's")
        }
        let merges = model.merges.ordered.map { "\(text($0.left)) \(text($0.right))" }
        return header("gpt2") + [
            ("tokenizer.ggml.pre", .string(name)), tokens(), types(unknownID: nil, hasByteTokens: false),
            ("tokenizer.ggml.merges", .array(merges.map { .string($0) })),
        ]
    }

    /// llama.cpp's name of the steps; nil if it has none.
    private func preTokenizerName(_ model: BPEModel) -> String? {
        var normalizesToNFC = false
        switch tokenizer.normalizer {
        case nil: break
        case .form(.nfc): normalizesToNFC = true
        default: return nil
        }
        switch (tokenizer.preTokenizer?.patternNames ?? nil, normalizesToNFC) {
        case (["gpt2"], false): return "gpt-2"
        case (["digits", "gpt2"], false): return "smollm"
        case (["llama3"], false): return model.ignoresMerges ? "llama-bpe" : "smaug-bpe"
        case (["qwen2"], true): return "qwen2"
        case (["qwen2"], false): return "stablelm2"
        default: return nil
        }
    }

    /// SentencePiece's files have a score for each token instead of merges: the earlier its merge, the higher.
    private func byteFallbackBPE(_ model: BPEModel) throws(TokenizerError) -> [(key: String, value: GGUFValue)] {
        guard let addsSpace = addsSpacePrefix else {
            throw GGUFTokenizerWriter.failure(
                "what comes before the model has no words in GGUF", "normalizer",
                expected: "▁ for spaces, and perhaps one before the text")
        }
        let merges = model.merges.ordered
        var scores = [Float](repeating: -Float(merges.count + 1), count: size)
        for (place, entry) in merges.enumerated().reversed() { scores[Int(entry.merge.id)] = -Float(place) }
        return header("llama") + [
            tokens(), ("tokenizer.ggml.scores", .array(scores.map { .float32($0) })),
            types(unknownID: model.unknownID, hasByteTokens: true),
            ("tokenizer.ggml.add_space_prefix", .bool(addsSpace)),
        ] + (model.unknownID.map { [("tokenizer.ggml.unknown_token_id", .uint32(UInt32($0)))] } ?? [])
    }

    /// Whether SentencePiece's mark is put before a text; nil if more happens than that.
    private var addsSpacePrefix: Bool? {
        let mark: [UInt8] = [0xE2, 0x96, 0x81]
        var adds = false
        for step in tokenizer.normalizer?.steps ?? [] {
            switch step {
            case .prepend(mark): adds = true
            case .replace(pattern: .literal([0x20]), content: mark): break
            default: return nil
            }
        }
        switch tokenizer.preTokenizer {
        case nil: return adds
        case .metaspace(replacement: 0x2581, let scheme, splits: false): return scheme != .never
        default: return nil
        }
    }

    /// GGUF marks the beginnings of words with ▁ where BERT's own files mark the insides with ##.
    private func wordPiece(_ model: WordPieceModel) -> [(key: String, value: GGUFValue)] {
        let prefix = String(decoding: model.continuingPrefix, as: UTF8.self)
        let written = (0..<size).map { id -> GGUFValue in
            let token = tokenizer.token(withID: id) ?? standIn(id)
            if tokenizer.isSpecial(id) || token.hasPrefix("[") && token.hasSuffix("]") { return .string(token) }
            return .string(token.hasPrefix(prefix) ? String(token.dropFirst(prefix.count)) : "▁" + token)
        }
        return header("bert") + [
            ("tokenizer.ggml.tokens", .array(written)), types(unknownID: model.unknownID, hasByteTokens: false),
            ("tokenizer.ggml.token_type_count", .uint32(2)),
            ("tokenizer.ggml.unknown_token_id", .uint32(UInt32(model.unknownID))),
        ]
    }

    // MARK: What the kinds share

    private func header(_ kind: String) -> [(key: String, value: GGUFValue)] {
        [("tokenizer.ggml.model", .string(kind))]
    }

    private func text(_ id: Int32) -> String { tokenizer.token(withID: Int(id)) ?? standIn(Int(id)) }

    private func standIn(_ id: Int) -> String { "[PAD\(id)]" }

    private func tokens() -> (key: String, value: GGUFValue) {
        ("tokenizer.ggml.tokens", .array((0..<size).map { .string(text(Int32($0))) }))
    }

    private func types(unknownID: Int32?, hasByteTokens: Bool) -> (key: String, value: GGUFValue) {
        let added = Set(tokenizer.addedTokens.map(\.id))
        let types = (0..<size).map { id -> TokenType in
            guard let token = tokenizer.token(withID: id) else { return .unused }
            if id == unknownID.map(Int.init) { return .unknown }
            if tokenizer.isSpecial(id) { return .control }
            if added.contains(id) { return .userDefined }
            return hasByteTokens && token.utf8.count == 6 && token.hasPrefix("<0x") && token.hasSuffix(">")
                ? .byte : .normal
        }
        return ("tokenizer.ggml.token_type", .array(types.map { .int32($0.rawValue) }))
    }

    /// The ids of special tokens, and which stand around a text.
    private func specialTokens() throws(TokenizerError) -> [(key: String, value: GGUFValue)] {
        let plain = tokenizer.encode("a", addSpecialTokens: false)
        let whole = tokenizer.encode("a")
        func id(_ token: String?) -> Int? { token.flatMap { tokenizer.id(ofToken: $0) } }
        let configuration = tokenizer.configuration
        var (begin, end) = (id(configuration.bosToken), id(configuration.eosToken))
        var (addsBegin, addsEnd) = (false, false)
        let added = whole.count - plain.count
        switch added {
        case 0: break
        case 1 where Array(whole.dropFirst()) == plain: (begin, addsBegin) = (whole[0], true)
        case 1 where Array(whole.dropLast()) == plain: (end, addsEnd) = (whole[whole.count - 1], true)
        case 2 where Array(whole.dropFirst().dropLast()) == plain:
            (begin, addsBegin, end, addsEnd) = (whole[0], true, whole[whole.count - 1], true)
        default:
            throw GGUFTokenizerWriter.failure(
                "it puts \(added) tokens around a text", "post_processor", expected: "at most one on each side")
        }
        var pairs: [(key: String, value: GGUFValue)] = []
        let isBert = if case .wordPiece = tokenizer.model { true } else { false }
        if isBert, added != 2 {
            throw GGUFTokenizerWriter.failure(
                "it puts \(added) tokens around a text", "post_processor",
                expected: "one on each side, which GGUF takes for granted with WordPiece")
        }
        for (key, token) in [
            (isBert ? "cls" : "bos", begin), (isBert ? "seperator" : "eos", end),
            ("padding", id(configuration.padToken)),
        ] {
            if let token { pairs.append(("tokenizer.ggml.\(key)_token_id", .uint32(UInt32(token)))) }
        }
        pairs.append(("tokenizer.ggml.add_bos_token", .bool(addsBegin)))
        pairs.append(("tokenizer.ggml.add_eos_token", .bool(addsEnd)))
        return pairs
    }
}

extension PreTokenizer {
    /// The steps as names of known patterns, without the alphabet of bytes at the end; nil if one has no name.
    fileprivate var patternNames: [String]? {
        var names: [String] = []
        for step in steps {
            switch step {
            case .digits(individual: true): names.append("digits")
            case .split(.known(let pattern), let behavior, let inverts):
                // The patterns match everywhere, so that keeping the matches is cutting between them.
                guard behavior == .isolated && !inverts || behavior == .removed && inverts else { return nil }
                switch pattern {
                case .gpt2: names.append("gpt2")
                case .llama3(digits: 3): names.append("llama3")
                case .llama3(digits: 1): names.append("qwen2")
                default: return nil
                }
            case .byteLevel(addsPrefixSpace: false, usesRegex: true): names.append("gpt2")
            case .byteLevel(addsPrefixSpace: false, usesRegex: false): break
            default: return nil
            }
        }
        return names
    }

    private var steps: [PreTokenizer] {
        if case .sequence(let steps) = self { return steps.flatMap(\.steps) }
        return [self]
    }
}

extension TextNormalizer {
    /// The steps, one after the other.
    fileprivate var steps: [TextNormalizer] {
        if case .sequence(let steps) = self { return steps.flatMap(\.steps) }
        return [self]
    }
}

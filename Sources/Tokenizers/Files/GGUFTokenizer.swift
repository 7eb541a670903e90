import Tensor

extension Tokenizer {
    /// Makes the tokenizer that a GGUF file describes in its metadata (`tokenizer.ggml.*`).
    ///
    /// Read are the kinds `gpt2` (byte-level BPE), `llama` (SentencePiece BPE with byte fallback), `bert` (WordPiece) and
    /// `t5` (Unigram). The file has no pre-tokeniser, only the name of one; an unknown name is an error, since another
    /// pre-tokeniser would give other tokens without notice.
    public init(gguf file: GGUFFile) throws(TokenizerError) {
        let metadata = GGUFTokenizerMetadata(file)
        let kind = try metadata.string("model")
        switch kind {
        case "gpt2": self = try metadata.byteLevelBPE()
        case "llama": self = try metadata.sentencePieceBPE()
        case "bert": self = try metadata.wordPiece()
        case "t5": self = try metadata.unigram()
        default:
            throw metadata.failure(
                "the tokenizer \"\(kind)\" is not known", "model", expected: "gpt2, llama, bert or t5")
        }
        configuration = metadata.configuration
    }
}

/// The metadata of a GGUF file that describe its tokenizer.
private struct GGUFTokenizerMetadata {
    private let file: GGUFFile
    private static let prefix = "tokenizer.ggml."

    /// The numbers of token types.
    private enum TokenType {
        static let unknown = 2
        static let control = 3
        static let userDefined = 4
    }

    init(_ file: GGUFFile) { self.file = file }

    func failure(_ problem: String, _ key: String, expected: String? = nil) -> TokenizerError {
        TokenizerError(
            path: "GGUF metadata", problem: problem, field: GGUFTokenizerMetadata.prefix + key, expected: expected)
    }

    private subscript(key: String) -> GGUFValue? { file[GGUFTokenizerMetadata.prefix + key] }

    func string(_ key: String) throws(TokenizerError) -> String {
        guard let value = self[key]?.stringValue else { throw failure("the text is missing", key, expected: "a text") }
        return value
    }

    private func id(_ key: String) -> Int? { self[key]?.intValue }

    private func tokens() throws(TokenizerError) -> [String] {
        guard let tokens = self["tokens"]?.stringArray else {
            throw failure("the tokens are missing", "tokens", expected: "an array of texts")
        }
        return tokens
    }

    private func numbers(_ key: String, count: Int) throws(TokenizerError) -> [Double]? {
        guard let value = self[key] else { return nil }
        let numbers = value.arrayValue?.compactMap(\.doubleValue) ?? []
        guard numbers.count == count else {
            throw failure("there are \(numbers.count) numbers", key, expected: "\(count), one a token")
        }
        return numbers
    }

    private func vocabulary(_ tokens: [String]) throws(TokenizerError) -> Vocabulary {
        var vocabulary = Vocabulary()
        vocabulary.reserve(tokens: tokens.count, bytes: 8 * tokens.count)
        for (id, token) in tokens.enumerated() { vocabulary.append(token.utf8, id: Int32(id)) }
        if case .repeatedToken(let token) = vocabulary.index() {
            throw failure("the token \"\(token)\" occurs twice", "tokens")
        }
        return vocabulary
    }

    /// The tokens that are found before the model: control tokens are special, the user's own are not.
    private func addedTokens(_ tokens: [String]) throws(TokenizerError) -> [AddedToken] {
        guard let types = try numbers("token_type", count: tokens.count) else { return [] }
        var result: [AddedToken] = []
        for (id, type) in types.enumerated() {
            switch Int(exactly: type) {
            case TokenType.control, TokenType.unknown:
                result.append(AddedToken(tokens[id], id: id, isSpecial: true))
            case TokenType.userDefined: result.append(AddedToken(tokens[id], id: id))
            default: break
            }
        }
        return result
    }

    var configuration: TokenizerConfiguration {
        var result = TokenizerConfiguration()
        let tokens = self["tokens"]?.arrayValue ?? []
        func token(_ key: String) -> String? {
            id(key).flatMap { tokens.indices.contains($0) ? tokens[$0].stringValue : nil }
        }
        result.chatTemplate = file["tokenizer.chat_template"]?.stringValue
        for pair in file.metadata where pair.key.utf8.starts(with: "tokenizer.chat_template.".utf8) {
            result.namedChatTemplates[String(pair.key.dropFirst("tokenizer.chat_template.".count))] =
                pair.value.stringValue
        }
        result.bosToken = token("bos_token_id")
        result.eosToken = token("eos_token_id")
        result.padToken = token("padding_token_id")
        result.unknownToken = token("unknown_token_id")
        return result
    }

    /// Puts the first token before a text and the last behind it, as the file asks.
    private func postProcessor(first: Int?, last: Int?, addsFirst: Bool, addsLast: Bool) -> PostProcessor? {
        let before: [PostProcessor.TemplatePiece] =
            self["add_bos_token"]?.boolValue ?? addsFirst ? first.map { [.special([$0], typeID: 0)] } ?? [] : []
        let after = self["add_eos_token"]?.boolValue ?? addsLast ? last.map { [$0] } : nil
        if before.isEmpty, after == nil { return nil }
        func end(_ typeID: Int) -> [PostProcessor.TemplatePiece] { after.map { [.special($0, typeID: typeID)] } ?? [] }
        return .template(
            single: before + [.first(typeID: 0)] + end(0),
            pair: before + [.first(typeID: 0)] + end(0) + [.second(typeID: 1)] + end(1))
    }

    // MARK: The kinds

    func byteLevelBPE() throws(TokenizerError) -> Tokenizer {
        let tokens = try tokens()
        let vocabulary = try vocabulary(tokens)
        guard let lines = self["merges"]?.stringArray else {
            throw failure("the merges are missing", "merges", expected: "an array of texts")
        }
        var resolver = MergeResolver(vocabulary, prefixLength: 0)
        func resolve() throws(TokenizerError) {
            if let rank = resolver.resolve() {
                throw failure("a part or the result of the merge is not in the vocabulary", "merges[\(rank)]")
            }
        }
        for (rank, line) in lines.enumerated() {
            var line = line
            line.withUTF8 { resolver.append($0) }
            if !resolver.endLine() { throw failure("this is not two tokens with a space between", "merges[\(rank)]") }
            if resolver.isFull { try resolve() }
        }
        try resolve()
        let name = self["pre"]?.stringValue ?? "default"
        guard let (normalizer, steps, isLlama3) = GGUFTokenizerMetadata.preTokenizer(name) else {
            throw failure(
                "the pre-tokeniser \"\(name)\" is not known", "pre",
                expected: "default, gpt-2, smollm, llama-bpe, qwen2 or one of their kin")
        }
        return Tokenizer(
            normalizer: normalizer, preTokenizer: .sequence(steps),
            model: .bpe(
                BPEModel(
                    vocabulary: vocabulary, merges: MergeTable(resolver.merges), isByteLevel: true, unknownID: nil,
                    ignoresMerges: isLlama3)),
            postProcessor: postProcessor(
                first: id("bos_token_id"), last: id("eos_token_id"), addsFirst: isLlama3, addsLast: false),
            decoder: .byteLevel, addedTokens: try addedTokens(tokens), padding: nil, truncation: nil)
    }

    /// The steps that llama.cpp's name of a pre-tokeniser stands for (llama-vocab.cpp), and whether it belongs to Llama 3,
    /// whose words that are tokens need no merges and whose texts begin with a token.
    private static func preTokenizer(
        _ name: String
    ) -> (normalizer: TextNormalizer?, steps: [PreTokenizer], isLlama3: Bool)? {
        func split(_ pattern: KnownPattern) -> PreTokenizer { .split(.known(pattern), .isolated, inverts: false) }
        let bytes = PreTokenizer.byteLevel(addsPrefixSpace: false, usesRegex: false)
        switch name {
        case "default":
            let patterns = [#"[\p{P}\$\+<=>\^~\|]+"#, #"\p{N}+"#, "[0-9][0-9][0-9]"]
            var steps = patterns.compactMap { pattern in
                (try? RegexProgram(pattern)).map { PreTokenizer.split(.regex($0), .isolated, inverts: false) }
            }
            steps.insert(split(.gpt2), at: 1)
            return (nil, steps + [bytes], false)
        case "gpt-2", "phi-2", "jina-es", "jina-de", "jina-v1-en", "jina-v2-es", "jina-v2-de", "roberta-bpe", "mpt",
            "olmo":
            return (nil, [split(.gpt2), bytes], false)
        case "smollm", "starcoder", "refact", "command-r", "codeshell", "minerva-7b":
            return (nil, [.digits(individual: true), split(.gpt2), bytes], false)
        case "llama-bpe", "llama3", "llama-v3", "falcon3": return (nil, [split(.llama3(digits: 3)), bytes], true)
        case "smaug-bpe", "dbrx", "chatglm-bpe": return (nil, [split(.llama3(digits: 3)), bytes], false)
        case "qwen2", "deepseek-r1-qwen", "megrez": return (.form(.nfc), [split(.llama3(digits: 1)), bytes], false)
        case "stablelm2": return (nil, [split(.llama3(digits: 1)), bytes], false)
        default: return nil
        }
    }

    /// SentencePiece's BPE has no merges: of two neighbours, those merge first whose token has the best score.
    func sentencePieceBPE() throws(TokenizerError) -> Tokenizer {
        let tokens = try tokens()
        let vocabulary = try vocabulary(tokens)
        guard let scores = try numbers("scores", count: tokens.count) else {
            throw failure("the scores are missing", "scores", expected: "an array of numbers")
        }
        // Equal scores are one rank: the leftmost pair merges first.
        let order = Set(scores).sorted(by: >)
        let ranks = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, UInt32($0)) })
        var merges: [(left: Int32, right: Int32, rank: UInt32, id: Int32)] = []
        for (id, token) in tokens.enumerated() {
            let text = Array(token.utf8)
            // Longer tokens are lines of rulers and spaces; every way to cut one costs a look-up.
            guard text.count >= 2, text.count <= 512, let rank = ranks[scores[id]] else { continue }
            for split in 1..<text.count where text[split] & 0xC0 != 0x80 {
                guard let left = vocabulary.id(of: Array(text[..<split])),
                    let right = vocabulary.id(of: Array(text[split...]))
                else { continue }
                merges.append((left, right, rank, Int32(id)))
            }
        }
        let mark: [UInt8] = [0xE2, 0x96, 0x81]
        var steps: [TextNormalizer] = []
        let addsSpace = self["add_space_prefix"]?.boolValue ?? true
        if addsSpace { steps.append(.prepend(mark)) }
        steps.append(.replace(pattern: .literal([0x20]), content: mark))
        var decoders: [TokenDecoder] = [.replace(pattern: .literal(mark), content: [0x20]), .byteFallback, .fuse]
        if addsSpace { decoders.append(.strip(content: [0x20], start: 1, stop: 0)) }
        return Tokenizer(
            normalizer: .sequence(steps), preTokenizer: nil,
            model: .bpe(
                BPEModel(
                    vocabulary: vocabulary, merges: MergeTable(merges), isByteLevel: false,
                    unknownID: (id("unknown_token_id") ?? 0) < tokens.count
                        ? Int32(exactly: id("unknown_token_id") ?? 0) : nil,
                    fusesUnknown: true, usesByteFallback: true)),
            postProcessor: postProcessor(
                first: id("bos_token_id") ?? 1, last: id("eos_token_id") ?? 2, addsFirst: true, addsLast: false),
            decoder: .sequence(decoders), addedTokens: try addedTokens(tokens), padding: nil, truncation: nil)
    }

    /// GGUF marks the beginnings of words with ▁ where BERT's own files mark the insides with ##.
    func wordPiece() throws(TokenizerError) -> Tokenizer {
        let raw = try tokens()
        let types = try numbers("token_type", count: raw.count)
        let tokens = raw.enumerated().map { id, token in
            if let type = types?[id], type != 1 { return token }
            if token.hasPrefix("[") && token.hasSuffix("]") && token.utf8.count > 2 { return token }
            var bytes = Array(token.utf8)
            if bytes.starts(with: [0xE2, 0x96, 0x81]) {
                bytes.removeFirst(3)
                return String(decoding: bytes, as: UTF8.self)
            }
            return "##" + token
        }
        let vocabulary = try vocabulary(tokens)
        func special(_ key: String, _ token: String) -> Int? { id(key) ?? vocabulary.id(of: token).map(Int.init) }
        guard let unknown = special("unknown_token_id", "[UNK]"), unknown < tokens.count,
            let classifier = special("bos_token_id", "[CLS]") ?? special("cls_token_id", "[CLS]"),
            let separator = special("seperator_token_id", "[SEP]") ?? special("separator_token_id", "[SEP]")
        else { throw failure("[UNK], [CLS] or [SEP] is missing", "tokens") }
        // As in llama.cpp, which reads no flag for case here: an uncased vocabulary has no capital letters.
        let isCased = tokens.contains { token in
            !token.hasPrefix("[") && token.unicodeScalars.contains { ("A"..."Z").contains($0) }
        }
        var added = try addedTokens(tokens)
        if added.isEmpty {
            added = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].compactMap { token in
                vocabulary.id(of: token).map { AddedToken(token, id: Int($0), isSpecial: true) }
            }
        }
        return Tokenizer(
            normalizer: .bert(BertNormalizer(lowercase: !isCased)), preTokenizer: .bert,
            model: .wordPiece(
                WordPieceModel(
                    vocabulary: vocabulary, unknownID: Int32(unknown), continuingPrefix: Array("##".utf8),
                    maximumWordLength: 100)),
            postProcessor: .bert(separator: separator, classifier: classifier),
            decoder: .wordPiece(prefix: Array("##".utf8), cleansUp: true), addedTokens: added, padding: nil,
            truncation: nil)
    }

    func unigram() throws(TokenizerError) -> Tokenizer {
        let tokens = try tokens()
        guard let scores = try numbers("scores", count: tokens.count) else {
            throw failure("the scores are missing", "scores", expected: "an array of numbers")
        }
        var steps: [TextNormalizer] = []
        if let map = self["precompiled_charsmap"]?.arrayValue {
            let bytes = map.map { UInt8(truncatingIfNeeded: $0.intValue ?? 0) }
            guard let charsmap = PrecompiledCharsmap(bytes) else {
                throw failure("the rules cannot be read", "precompiled_charsmap", expected: "a SentencePiece map")
            }
            steps.append(.precompiled(charsmap))
        }
        if self["remove_extra_whitespaces"]?.boolValue ?? false {
            steps.append(.strip(left: true, right: true))
            do {
                steps.append(.replace(pattern: .regex(try RegexProgram(" {2,}")), content: [0x20]))
            } catch { throw failure(error.problem, "remove_extra_whitespaces") }
        }
        let scheme: PreTokenizer.PrependScheme = self["add_space_prefix"]?.boolValue ?? true ? .always : .never
        return Tokenizer(
            normalizer: steps.isEmpty ? nil : .sequence(steps),
            preTokenizer: .metaspace(replacement: 0x2581, scheme: scheme, splits: true),
            model: .unigram(
                UnigramModel(
                    vocabulary: try vocabulary(tokens), scores: scores,
                    unknownID: id("unknown_token_id").flatMap { $0 < tokens.count ? Int32(exactly: $0) : nil },
                    usesByteFallback: false)),
            postProcessor: postProcessor(
                first: id("bos_token_id"), last: id("eos_token_id") ?? 1, addsFirst: false, addsLast: true),
            decoder: .metaspace(replacement: [0xE2, 0x96, 0x81], dropsFirst: scheme != .never),
            addedTokens: try addedTokens(tokens), padding: nil, truncation: nil)
    }
}

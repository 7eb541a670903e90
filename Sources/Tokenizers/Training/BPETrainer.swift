import Tensor

/// Learns a byte-level BPE vocabulary from text (Sennrich et al. 2016, arXiv 1508.07909; bytes as in GPT-2).
///
/// ```swift
/// var trainer = BPETrainer(vocabularySize: 1000)
/// trainer.specialTokens = ["<|endoftext|>"]
/// let trained = try trainer.train(on: ["low lower lowest", "new newer newest"])
/// let tokenizer = try trained.tokenizer()
/// try trained.write(to: "tokenizer.json")
/// ```
///
/// The most frequent pair of neighbouring tokens merges, of equally frequent ones that with the lower ids, until the
/// vocabulary is full: the same merges as `BpeTrainer` of Hugging Face's `tokenizers`.
public struct BPETrainer: Sendable {
    /// How text is cut before merges are counted; merges never reach across pieces.
    public enum Splitting: Sendable, Hashable {
        /// GPT-2's pattern.
        case gpt2
        /// Llama 3's pattern: up to three digits together.
        case llama3
        /// Qwen 2's pattern, after normalisation to NFC: each digit by itself.
        case qwen2
        /// A regular expression whose matches are pieces.
        case regex(String)
    }

    /// The number of tokens to reach, special tokens and bytes included.
    public var vocabularySize: Int

    /// Pairs that occur less often do not merge.
    public var minimumFrequency = 0

    /// Tokens with the lowest ids that text never becomes by itself.
    public var specialTokens: [String] = []

    /// How text is cut.
    public var splitting = Splitting.gpt2

    /// Whether all 256 bytes are tokens, so that every text can be encoded; else those that occur.
    public var includesAllBytes = true

    /// The most bytes a token may have; nil for no limit.
    public var maximumTokenLength: Int?

    /// Creates a trainer.
    public init(vocabularySize: Int) { self.vocabularySize = vocabularySize }

    /// Learns from texts.
    ///
    /// Linear in the texts; each merge costs time in proportion to the words that it changes.
    ///
    /// - Throws: ``TokenizerError`` for a pattern that is not supported.
    public func train(on texts: some Sequence<String>) throws(TokenizerError) -> TrainedBPE {
        let preTokenizer = PreTokenizer.split(try textPattern(), .isolated, inverts: false)
        var words = WordCounts()
        for text in texts {
            var normalized = NormalizedText(bytes: Array(text.utf8), tracksOffsets: false)
            if splitting == .qwen2 { normalized = normalized.normalized(to: .nfc) }
            if normalized.bytes.isEmpty { continue }
            var list = PieceList(text: normalized, pieces: [Piece(0..<normalized.bytes.count)], isAtStart: true)
            preTokenizer.apply(to: &list, isByteModel: true)
            list.text.bytes.withUnsafeBufferPointer { buffer in
                for piece in list.pieces { words.add(UTF8Buffer(rebasing: buffer[piece.range])) }
            }
        }
        var merging = BPEMerging(self, words)
        merging.run()
        return TrainedBPE(
            tokens: merging.tokens, merges: merging.merges, specialTokens: specialTokens, pattern: pattern,
            normalizesToNFC: splitting == .qwen2)
    }

    private func textPattern() throws(TokenizerError) -> TextPattern {
        if let known = KnownPattern(regex: pattern) { return .known(known) }
        do { return .regex(try RegexProgram(pattern)) } catch {
            throw TokenizerError(
                path: "BPETrainer", problem: "\(error.problem), at character \(error.position)", field: "splitting",
                expected: "a regular expression without captures")
        }
    }

    private var pattern: String {
        switch splitting {
        case .gpt2: #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
        case .llama3: BPETrainer.llama3(#"\p{N}{1,3}"#)
        case .qwen2: BPETrainer.llama3(#"\p{N}"#)
        case .regex(let regex): regex
        }
    }

    private static func llama3(_ digits: String) -> String {
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"# + digits
            + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    }
}

/// What a ``BPETrainer`` has learned.
public struct TrainedBPE: Sendable {
    /// The tokens by id, in the byte-level alphabet.
    public let tokens: [String]
    /// The merges in their order, as ids of the two parts.
    public let merges: [(left: Int, right: Int)]
    /// The tokens that text never becomes by itself.
    public let specialTokens: [String]
    fileprivate let pattern: String
    fileprivate let normalizesToNFC: Bool

    fileprivate init(
        tokens: [String], merges: [(left: Int, right: Int)], specialTokens: [String], pattern: String,
        normalizesToNFC: Bool
    ) {
        self.tokens = tokens
        self.merges = merges
        self.specialTokens = specialTokens
        self.pattern = pattern
        self.normalizesToNFC = normalizesToNFC
    }

    /// The tokenizer as the content of a tokenizer.json, which other libraries read too.
    public func json() -> JSON {
        var vocabulary = JSONObject()
        for (id, token) in tokens.enumerated() { vocabulary[token] = .integer(Int64(id)) }
        let byteLevel: JSON = [
            "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false,
        ]
        return [
            "version": "1.0", "truncation": nil, "padding": nil,
            "added_tokens": .array(
                specialTokens.enumerated().map { id, token in
                    [
                        "id": .integer(Int64(id)), "content": .string(token), "single_word": false, "lstrip": false,
                        "rstrip": false, "normalized": false, "special": true,
                    ]
                }),
            "normalizer": normalizesToNFC ? ["type": "NFC"] : .null,
            "pre_tokenizer": [
                "type": "Sequence",
                "pretokenizers": [
                    [
                        "type": "Split", "pattern": ["Regex": .string(pattern)], "behavior": "Isolated",
                        "invert": false,
                    ],
                    byteLevel,
                ],
            ],
            "post_processor": nil, "decoder": byteLevel,
            "model": [
                "type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": nil,
                "end_of_word_suffix": nil, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
                "vocab": .object(vocabulary),
                "merges": .array(merges.map { [.string(tokens[$0.left]), .string(tokens[$0.right])] }),
            ],
        ]
    }

    /// The tokenizer.
    public func tokenizer() throws(TokenizerError) -> Tokenizer { try Tokenizer(json: bytes(), named: "trained") }

    /// Writes a tokenizer.json; the file appears complete or not at all.
    public func write(to path: String) throws(TokenizerError) {
        let bytes = try bytes()
        do { try AtomicFile.write(to: path, bytes) } catch {
            throw TokenizerError(path: path, problem: error.problem)
        }
    }

    private func bytes() throws(TokenizerError) -> [UInt8] {
        do { return try json().utf8() } catch {
            throw TokenizerError(path: "trained", problem: error.problem)
        }
    }
}

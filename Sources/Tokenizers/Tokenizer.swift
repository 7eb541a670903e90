import Tensor

/// Turns text into the numbers that a language model reads, and back.
///
/// ```swift
/// let tokenizer = try Tokenizer(contentsOf: "tokenizer.json")
/// let ids = tokenizer.encode("Hello, world!")
/// let text = try tokenizer.decode(ids)
/// ```
///
/// A tokenizer is a value without hidden state: threads share it freely and the same text gives the same tokens. Encoding
/// is linear in the text (n log n inside one unbroken word). It goes through the steps of Hugging Face's `tokenizers`:
/// added tokens are found, the text between them is normalised and cut into pieces, a model makes tokens of each piece,
/// and a post-processor adds the tokens around the text.
public struct Tokenizer: Sendable {
    let normalizer: TextNormalizer?
    let preTokenizer: PreTokenizer?
    let model: TokenModel
    let postProcessor: PostProcessor?
    let decoder: TokenDecoder?

    /// The tokens that are found before the model sees a text.
    public let addedTokens: [AddedToken]

    /// How the file wants batches to be padded; nil if it does not say.
    public let padding: Padding?

    /// How the file wants long texts to be cut; nil if it does not say.
    public let truncation: Truncation?

    /// What stands beside the tokenizer in its folder: the chat template and the names of special tokens.
    public var configuration = TokenizerConfiguration()

    private let originalMatcher: AddedTokenMatcher
    private let normalizedMatcher: AddedTokenMatcher
    private let addedTokensByID: [Int: AddedToken]
    private let specialIDs: Set<Int>
    /// Whether an id below the model's limit is an added token: decoding asks for every token.
    private let isAdded: [Bool]
    /// What decoders get for added tokens that normalisation changes, so that they can undo it.
    private let normalizedContents: [Int: [UInt8]]
    /// The decoder needs nothing but each token's bytes.
    let decodesBytes: Bool
    private let isByteModel: Bool

    init(
        normalizer: TextNormalizer?, preTokenizer: PreTokenizer?, model: TokenModel, postProcessor: PostProcessor?,
        decoder: TokenDecoder?, addedTokens: [AddedToken], padding: Padding?, truncation: Truncation?
    ) {
        self.normalizer = normalizer
        self.preTokenizer = preTokenizer
        self.model = model
        self.postProcessor = postProcessor
        self.decoder = decoder
        self.addedTokens = addedTokens
        self.padding = padding
        self.truncation = truncation
        var originalMatcher = AddedTokenMatcher()
        var normalizedMatcher = AddedTokenMatcher()
        var normalizedContents: [Int: [UInt8]] = [:]
        for token in addedTokens where !token.content.isEmpty {
            let text = Array(token.content.utf8)
            if token.isNormalized {
                let normalized = normalizer?.apply(to: NormalizedText(bytes: text, tracksOffsets: false)).bytes
                normalizedMatcher.insert(token, as: normalized ?? text)
                if let normalized, normalized != text { normalizedContents[token.id] = normalized }
            } else {
                originalMatcher.insert(token, as: text)
            }
        }
        self.originalMatcher = originalMatcher
        self.normalizedMatcher = normalizedMatcher
        self.normalizedContents = normalizedContents
        addedTokensByID = Dictionary(addedTokens.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        specialIDs = Set(addedTokens.filter(\.isSpecial).map(\.id))
        var isAdded = [Bool](repeating: false, count: model.vocabulary.idLimit)
        for token in addedTokens where token.id < isAdded.count { isAdded[token.id] = true }
        self.isAdded = isAdded
        decodesBytes = decoder?.isByteLevel ?? false
        if case .bpe(let model) = model { isByteModel = model.isByteLevel } else { isByteModel = false }
    }
}

// MARK: - The vocabulary

extension Tokenizer {
    /// One more than the largest id: the number of rows that a model's embedding needs.
    public var vocabularySize: Int {
        max(model.vocabulary.idLimit, (addedTokens.map(\.id).max() ?? -1) + 1)
    }

    /// The id of a token as the vocabulary writes it, such as `Ġthe` or `##ing`; nil if there is none.
    public func id(ofToken token: String) -> Int? {
        // Byte by byte, since strings compare canonical equivalents as equal.
        if let added = addedTokens.first(where: { $0.content.utf8.elementsEqual(token.utf8) }) { return added.id }
        return model.vocabulary.id(of: token).map(Int.init)
    }

    /// The token of an id as the vocabulary writes it; nil if there is none.
    public func token(withID id: Int) -> String? {
        if let added = addedTokensByID[id] { return added.content }
        return Int32(exactly: id).flatMap { model.vocabulary.token($0) }
    }

    /// Whether decoding leaves an id out on request.
    public func isSpecial(_ id: Int) -> Bool { !isPlain(id) && specialIDs.contains(id) }

    /// Whether an id is a token of the model and nothing else.
    private func isPlain(_ id: Int) -> Bool { id >= 0 && id < isAdded.count && !isAdded[id] }

    /// Calls a function with the bytes of an id's token, as decoders get them; nil if there is none.
    func withToken<Result>(_ id: Int, _ body: (UTF8Buffer) -> Result) -> Result? {
        if isPlain(id) { return model.vocabulary.withToken(Int32(truncatingIfNeeded: id), body) }
        if !normalizedContents.isEmpty, let content = normalizedContents[id] {
            return content.withUnsafeBufferPointer { body($0) }
        }
        if let added = addedTokensByID[id] {
            var content = added.content
            return content.withUTF8 { body($0) }
        }
        return Int32(exactly: id).flatMap { model.vocabulary.withToken($0, body) }
    }
}

// MARK: - Pieces

extension Tokenizer {
    /// What the text of a run is for the model.
    struct Run: ~Copyable {
        var ids: [Int32] = []
        var offsets: [Range<Int>] = []
        let wantsOffsets: Bool
        /// Where special tokens begin that are ordinary characters.
        var literals: Set<Int> = []
        var cache: WordCache
        var scratch = TokenModel.Scratch()
        var buffer = TokenBuffer()

        init(textLength: Int, wantsOffsets: Bool) {
            self.wantsOffsets = wantsOffsets
            cache = WordCache(textLength: textLength)
            ids.reserveCapacity(textLength / 4)
        }
    }

    /// The tokens of a text, without those that a post-processor adds.
    func run(_ text: UTF8Buffer, _ policy: SpecialTokenPolicy, _ run: inout Run) {
        guard let base = text.baseAddress else { return }
        if text.count > Int(Int32.max) - 16 { trap("Tokenizer: a text of \(text.count) bytes exceeds 2 GiB") }
        let literals = run.literals
        originalMatcher.forEachSegment(
            in: text, 0..<text.count, policy, isLiteral: { literals.contains($0.lowerBound) }
        ) { token, range in
            if let token {
                run.ids.append(Int32(token.id))
                if run.wantsOffsets { run.offsets.append(range) }
                return
            }
            let bytes = Array(UTF8Buffer(start: base + range.lowerBound, count: range.count))
            let segment = NormalizedText(
                bytes: bytes, base: range.lowerBound, tracksOffsets: run.wantsOffsets || !literals.isEmpty)
            let normalized = normalizer?.apply(to: segment) ?? segment
            if normalizedMatcher.isEmpty {
                tokenize(normalized, 0..<normalized.bytes.count, isAtStart: range.lowerBound == 0, &run)
                return
            }
            normalized.bytes.withUnsafeBufferPointer { buffer in
                normalizedMatcher.forEachSegment(
                    in: buffer, 0..<buffer.count, policy,
                    isLiteral: { !literals.isEmpty && literals.contains(Int(normalized.source(of: $0).start)) }
                ) { token, part in
                    if let token {
                        run.ids.append(Int32(token.id))
                        if run.wantsOffsets { run.offsets.append(normalized.wholeCharacters(part)) }
                    } else {
                        tokenize(
                            normalized, part, isAtStart: range.lowerBound == 0 && part.lowerBound == 0, &run)
                    }
                }
            }
        }
    }

    private func tokenize(_ text: NormalizedText, _ range: Range<Int>, isAtStart: Bool, _ run: inout Run) {
        if range.isEmpty { return }
        var list = PieceList(text: text, pieces: [Piece(range)], isAtStart: isAtStart)
        preTokenizer?.apply(to: &list, isByteModel: isByteModel)
        let pieces = list.pieces
        let wantsOffsets = run.wantsOffsets
        list.text.bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            for piece in pieces {
                let start = Int(piece.start)
                let count = Int(piece.end) - start
                let first = run.ids.count
                if count <= WordCache.longestWord {
                    let word = WordCache.pack(base + start, count, readable: buffer.count - start)
                    if !wantsOffsets {
                        if run.cache.append(word, to: &run.ids, ends: &run.buffer.ends, wantsEnds: false) { continue }
                    }
                    run.buffer.removeAll()
                    if !run.cache.append(word, to: &run.ids, ends: &run.buffer.ends, wantsEnds: true) {
                        model.tokenize(
                            UTF8Buffer(start: base + start, count: count), &run.scratch, into: &run.buffer)
                        run.cache.insert(word, run.buffer)
                        run.ids.append(contentsOf: run.buffer.ids)
                    }
                } else {
                    run.buffer.removeAll()
                    model.tokenize(UTF8Buffer(start: base + start, count: count), &run.scratch, into: &run.buffer)
                    run.ids.append(contentsOf: run.buffer.ids)
                }
                if wantsOffsets {
                    var previous = start
                    for end in run.buffer.ends.prefix(run.ids.count - first) {
                        // A fused unknown token may come after bytes that lie behind it.
                        let end = max(previous, start + Int(end))
                        run.offsets.append(list.text.wholeCharacters(previous..<end))
                        previous = end
                    }
                }
            }
        }
    }

    /// The pieces that the pre-tokeniser cuts a text into, normalised, as the model gets them: bytes become characters of
    /// the byte-level alphabet only if the model reads characters.
    public func pieces(of text: String) -> [String] {
        let segment = NormalizedText(bytes: Array(text.utf8), tracksOffsets: false)
        let normalized = normalizer?.apply(to: segment) ?? segment
        if normalized.bytes.isEmpty { return [] }
        var list = PieceList(text: normalized, pieces: [Piece(0..<normalized.bytes.count)], isAtStart: true)
        preTokenizer?.apply(to: &list, isByteModel: isByteModel)
        return list.pieces.map { String(decoding: list.text.bytes[$0.range], as: UTF8.self) }
    }
}

extension NormalizedText {
    /// The part of the original that a range stands for, extended to whole characters of this text where it is the
    /// original.
    fileprivate func wholeCharacters(_ range: Range<Int>) -> Range<Int> {
        var range = range
        if !range.isEmpty {
            var (start, end) = (range.lowerBound, range.upperBound)
            while start > 0, bytes[start] & 0xC0 == 0x80 { start -= 1 }
            while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
            range = start..<end
        }
        let source = source(of: range)
        return Int(source.start)..<Int(source.end)
    }
}

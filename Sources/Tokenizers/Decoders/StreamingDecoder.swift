/// Turns tokens into text one at a time, as a model generates them.
///
/// ```swift
/// var decoder = StreamingDecoder(tokenizer)
/// for id in ids { print(try decoder.append(id), terminator: "") }
/// print(decoder.finish())
/// ```
///
/// The parts together are the text of ``Tokenizer/decode(_:skipSpecialTokens:)``. A character whose bytes come in several
/// tokens appears when it is complete; U+FFFD appears only for bytes that nothing can complete any more. Where a run of
/// byte tokens (`<0x41>`) turns out not to be UTF-8 after some of it was shown, what was shown stays.
public struct StreamingDecoder: Sendable {
    private let tokenizer: Tokenizer
    private let skipsSpecialTokens: Bool
    /// Byte-level vocabularies: bytes that do not yet make a character.
    private var pending: [UInt8] = []
    /// Other vocabularies: a token that was shown, for its neighbour's sake, and those that were not.
    private var window: [Int] = []
    private var shownCount = 0

    /// A character has at most four bytes: after so many tokens a broken one stays broken.
    private static let longestWait = 4

    /// Starts a text, or goes on with one.
    ///
    /// - Parameters:
    ///   - tokenizer: whose tokens they are.
    ///   - past: the tokens of the text so far, which is not given again: SentencePiece drops the space of a text's first
    ///     word, but of no other.
    ///   - skipSpecialTokens: leave special tokens out.
    public init(_ tokenizer: Tokenizer, after past: [Int] = [], skipSpecialTokens: Bool = true) {
        self.tokenizer = tokenizer
        skipsSpecialTokens = skipSpecialTokens
        guard !tokenizer.decodesBytes, let last = past.last(where: { !tokenizer.isSpecial($0) }),
            let text = try? tokenizer.decode([last], skipSpecialTokens: false),
            !text.utf8.suffix(3).elementsEqual(replacementCharacter)
        else { return }
        window = [last]
        shownCount = 1
    }

    /// The text that a token completes: often its own, sometimes none yet.
    ///
    /// - Throws: ``TokenizerError`` for an id that no token has.
    public mutating func append(_ id: Int) throws(TokenizerError) -> String {
        if skipsSpecialTokens, tokenizer.isSpecial(id) { return "" }
        if tokenizer.decodesBytes {
            try tokenizer.appendBytes(of: id, to: &pending)
            return takeComplete()
        }
        let isFirst = window.isEmpty
        let before = try tokenizer.decode(window.prefix(shownCount), skipSpecialTokens: false)
        let after = try tokenizer.decode(window + [id], skipSpecialTokens: false)
        window.append(id)
        if after.utf8.count <= before.utf8.count && !isFirst { return "" }
        let isWaiting = after.utf8.suffix(3).elementsEqual(replacementCharacter)
        if isWaiting, window.count - shownCount < StreamingDecoder.longestWait { return "" }
        return show(before, after)
    }

    /// What is left at the end of the text, U+FFFD in the place of what is incomplete.
    public mutating func finish() -> String {
        defer {
            pending = []
            window = []
            shownCount = 0
        }
        if tokenizer.decodesBytes { return String(decoding: pending, as: UTF8.self) }
        // These ids have been decoded before.
        guard let before = try? tokenizer.decode(window.prefix(shownCount), skipSpecialTokens: false),
            let after = try? tokenizer.decode(window, skipSpecialTokens: false), after.utf8.count > before.utf8.count
        else { return "" }
        return show(before, after)
    }

    /// The new part of a text, whose last token stays to give the next one its place.
    private mutating func show(_ before: String, _ after: String) -> String {
        window.removeFirst(shownCount)
        shownCount = window.count
        return String(decoding: Array(after.utf8.dropFirst(before.utf8.count)), as: UTF8.self)
    }

    /// Takes all but the bytes at the end that may be the beginning of a character.
    private mutating func takeComplete() -> String {
        let keep = pending.withUnsafeBufferPointer { buffer in
            for back in 1...3 where back <= buffer.count {
                let position = buffer.count - back
                if buffer[position] & 0xC0 == 0x80 { continue }
                return utf8Step(buffer, at: position) == 0 ? back : 0
            }
            return 0
        }
        defer { pending.removeFirst(pending.count - keep) }
        return String(decoding: pending.dropLast(keep), as: UTF8.self)
    }
}

import Tokenizers

/// A part of a generated text: a token, and the characters that it completes.
public struct GenerationPiece: Sendable, CustomStringConvertible {
    /// The characters; none while a character is incomplete or a stop string may be coming.
    public var text: String
    /// The token with its log-probability and alternatives.
    public var token: BatchDecoder.Token
    /// Why the text ends here, if it does.
    public var finish: FinishReason?

    /// The text.
    public var description: String { text }
}

/// A text that is generated as it is read: a token for each element.
///
/// Nothing runs ahead: a token is computed when the next element is asked for, on the thread that asks. A cancelled task
/// gets `CancellationError` before its next token.
public struct GenerationStream: AsyncSequence, Sendable {
    /// A part of the text.
    public typealias Element = GenerationPiece

    private let start: AsyncIterator

    init(
        _ language: LanguageModel, _ prompt: [Int], _ options: GenerationOptions, _ prefixes: PrefixCache?
    ) throws(GenerationError) {
        start = try AsyncIterator(language, prompt, options, prefixes)
    }

    /// Starts the text; every iterator starts from the prompt again.
    public func makeAsyncIterator() -> AsyncIterator { start }

    /// The whole text, without waiting for anything but the computation.
    public func text() throws -> String {
        var iterator = start
        var result = ""
        while let piece = try iterator.nextPiece() { result += piece.text }
        return result
    }

    /// Generates one token after another.
    public struct AsyncIterator: AsyncIteratorProtocol, Sendable {
        private var decoder: BatchDecoder
        private var characters: StreamingDecoder
        private var filter: StopStringFilter
        private let prefixes: PrefixCache?
        private var tokens: [Int]
        private let number: Int

        init(
            _ language: LanguageModel, _ prompt: [Int], _ options: GenerationOptions, _ prefixes: PrefixCache?
        ) throws(GenerationError) {
            decoder = BatchDecoder(language.model)
            decoder.keepsFinishedCaches = prefixes != nil
            number = try decoder.add(prompt, options: options, cache: prefixes?.past(of: prompt))
            characters = StreamingDecoder(language.tokenizer, after: prompt)
            filter = StopStringFilter(options.stopStrings)
            self.prefixes = prefixes
            tokens = prompt
        }

        /// The next part; nil after the end.
        public mutating func next() async throws -> GenerationPiece? {
            try Task.checkCancellation()
            return try nextPiece()
        }

        mutating func nextPiece() throws -> GenerationPiece? {
            guard let token = decoder.step().first else {
                if let failure = decoder.takeFailure(of: number) { throw failure }
                return nil
            }
            tokens.append(token.id)
            var piece = GenerationPiece(text: "", token: token, finish: token.finish)
            if token.finish != .endToken { piece.text = filter.append(characters.text(of: token.id)) }
            if piece.finish != nil, !filter.hasStopped {
                piece.text += filter.append(characters.finish())
                piece.text += filter.finish()
            }
            if filter.hasStopped {
                piece.finish = .stopString
                if let cache = decoder.remove(number) { prefixes?.store(cache, of: tokens) }
            }
            if let cache = decoder.takeFinishedCache(of: number) { prefixes?.store(cache, of: tokens) }
            return piece
        }
    }
}

extension StreamingDecoder {
    /// The text that a generated token completes; none for the ids past the tokenizer's last, with which models pad their
    /// vocabularies.
    mutating func text(of id: Int) -> String { (try? append(id)) ?? "" }
}

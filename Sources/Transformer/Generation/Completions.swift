import Report
import Tokenizers

extension LanguageModel {
    /// A generated text with its tokens.
    public struct Completion: Sendable {
        /// The text, without end token and stop string.
        public var text: String
        /// The tokens, the end token included.
        public var tokens: [BatchDecoder.Token]
        /// Why it ended.
        public var finish: FinishReason
        /// Why it could not go on, if ``finish`` is ``FinishReason/failure``.
        public var failure: GenerationError?

        /// The log-probability of all tokens together.
        public var logProbability: Double { tokens.reduce(0) { $0 + Double($1.logProbability) } }
    }

    /// Completes many prompts, several at a time; each gets what it would get alone.
    ///
    /// - Parameters:
    ///   - prompts: the tokens of each prompt.
    ///   - options: how all go on; sequence i gets the seed `sampling.seed + i`.
    ///   - samples: how many completions each prompt gets, one after another in the result; the prompt is computed once.
    ///   - batchSize: how many sequences are generated at once.
    ///   - events: hears of every completion.
    ///   - cancellation: checked before every token, as is the current task.
    /// - Returns: a completion for each prompt and sample. One that cannot go on ends with ``FinishReason/failure`` and
    ///   the text so far.
    /// - Throws: ``GenerationError`` for a prompt that the model cannot take, `CancellationError`.
    public func complete(
        _ prompts: [[Int]], options: GenerationOptions = GenerationOptions(), samples: Int = 1, batchSize: Int = 8,
        events: some EventSink = SilentSink(), cancellation: Cancellation = Cancellation()
    ) throws -> [Completion] {
        if options.maximumTokens == 0 {
            let nothing = Completion(text: "", tokens: [], finish: .maximumTokens)
            return Array(repeating: nothing, count: prompts.count * samples)
        }
        var decoder = BatchDecoder(model)
        var options = options
        options.endTokens = options.endTokens ?? endTokens
        let total = prompts.count * samples
        var results: [Completion?] = Array(repeating: nil, count: total)
        var running: [Int: RunningCompletion] = [:]
        var shared: KVCache?
        var next = 0
        var completed = 0
        events.receive(.started(name: "completions", total: total))
        while completed < total {
            try cancellation.check()
            while next < total, running.count < max(1, batchSize) {
                let prompt = prompts[next / samples]
                if next % samples == 0 { shared = samples > 1 ? try past(of: prompt) : nil }
                var own = options
                own.sampling = options.sampling.seeded(options.sampling.seed &+ UInt64(next))
                let number = try decoder.add(prompt, options: own, cache: shared)
                running[number] = RunningCompletion(
                    StreamingDecoder(tokenizer, after: prompt), options.stopStrings, index: next)
                next += 1
            }
            for token in decoder.step() {
                guard let finish = running[token.sequence]?.append(token) else { continue }
                decoder.remove(token.sequence)
                let done = running.removeValue(forKey: token.sequence)
                if let done { results[done.index] = done.completion(finish) }
                completed += 1
                events.receive(.step(name: "completions", completed: completed, total: total))
            }
            for (number, done) in running {
                guard let failure = decoder.takeFailure(of: number) else { continue }
                running[number] = nil
                results[done.index] = done.completion(.failure, failure)
                completed += 1
                events.receive(.step(name: "completions", completed: completed, total: total))
            }
        }
        events.receive(.finished(name: "completions"))
        return results.compactMap { $0 }
    }

    /// The past of all tokens of a prompt but the last.
    private func past(of prompt: [Int]) throws(GenerationError) -> KVCache? {
        var decoder = BatchDecoder(model)
        var options = GenerationOptions(maximumTokens: 2)
        options.endTokens = []
        let number = try decoder.add(prompt, options: options)
        _ = decoder.step()
        if let failure = decoder.takeFailure(of: number) { throw failure }
        return decoder.cache(of: number)
    }
}

/// A completion that is being generated.
private struct RunningCompletion {
    let index: Int
    private var characters: StreamingDecoder
    private var filter: StopStringFilter
    private var text = ""
    private var tokens: [BatchDecoder.Token] = []

    init(_ characters: StreamingDecoder, _ stopStrings: [String], index: Int) {
        self.index = index
        self.characters = characters
        filter = StopStringFilter(stopStrings)
    }

    /// Takes a token; why the text ends with it, if it does.
    mutating func append(_ token: BatchDecoder.Token) -> FinishReason? {
        tokens.append(token)
        if token.finish != .endToken { text += filter.append(characters.text(of: token.id)) }
        if token.finish != nil, !filter.hasStopped {
            text += filter.append(characters.finish())
            text += filter.finish()
        }
        return filter.hasStopped ? .stopString : token.finish
    }

    func completion(_ finish: FinishReason, _ failure: GenerationError? = nil) -> LanguageModel.Completion {
        LanguageModel.Completion(text: text, tokens: tokens, finish: finish, failure: failure)
    }
}

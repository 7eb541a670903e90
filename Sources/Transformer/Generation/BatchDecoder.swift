import Tensor

/// Generates several sequences at once; they come and go between steps.
///
/// One step gives each sequence its next token, in one pass through the model for all of them: weights are read once.
/// Sequences lie one after another, without padding, and each has its own past, seed and end, so a sequence gets the same
/// tokens in any company.
///
/// ```swift
/// var decoder = BatchDecoder(model)
/// let first = try decoder.add([504, 3575], options: .init(maximumTokens: 8))
/// while !decoder.isIdle {
///     for token in decoder.step() { print(token.sequence, token.id) }
/// }
/// ```
public struct BatchDecoder: Sendable {
    /// A token that was generated.
    public struct Token: Sendable, Hashable {
        /// The sequence that it belongs to.
        public var sequence: Int
        /// The token.
        public var id: Int
        /// Its log-probability by the model itself, before penalties, temperature and filters.
        public var logProbability: Float
        /// The likeliest tokens with their log-probabilities, as many as were asked for.
        public var alternatives: [Alternative]
        /// Why the sequence ends with it, if it does.
        public var finish: FinishReason?
    }

    /// A token that might have been chosen.
    public struct Alternative: Sendable, Hashable {
        /// The token.
        public var id: Int
        /// Its log-probability.
        public var logProbability: Float
    }

    /// The most tokens of a prompt that go through the model at once.
    public var chunkLength = 512

    /// Whether the past of sequences that end is kept for ``takeFinishedCache(of:)``.
    public var keepsFinishedCaches = false

    /// What happens to activations on the way.
    public var hooks: ActivationHooks?

    private let model: TransformerModel
    private var sequences: [Sequence] = []
    private var nextNumber = 0
    private var finishedCaches: [Int: KVCache] = [:]
    private var failures: [Int: GenerationError] = [:]

    private struct Sequence: Sendable {
        let number: Int
        var cache: KVCache
        /// The tokens that are not in the cache yet.
        var pending: [Int]
        var sampler: TokenSampler
        var options: GenerationOptions
        let endTokens: [Int]
        var generated = 0
    }

    /// Creates a decoder without sequences; traps for an encoder.
    public init(_ model: TransformerModel) {
        guard model.configuration.family.isCausal else { trap("BatchDecoder: an encoder generates nothing") }
        self.model = model
    }

    /// Whether there is nothing to do.
    public var isIdle: Bool { sequences.isEmpty }

    /// Adds a sequence.
    ///
    /// - Parameters:
    ///   - prompt: its tokens so far, at least one.
    ///   - options: how it goes on.
    ///   - cache: the past of a beginning of the prompt, computed before; what it has beyond the prompt is taken back.
    /// - Returns: the sequence's number.
    @discardableResult
    public mutating func add(
        _ prompt: [Int], options: GenerationOptions = GenerationOptions(), cache: KVCache? = nil
    ) throws(GenerationError) -> Int {
        let configuration = model.configuration
        guard !prompt.isEmpty else { throw .emptyPrompt }
        for id in prompt where id < 0 || id >= configuration.vocabularySize {
            throw .unknownToken(id: id, vocabularySize: configuration.vocabularySize)
        }
        guard prompt.count <= configuration.maximumPositions else {
            throw .promptTooLong(count: prompt.count, limit: configuration.maximumPositions)
        }
        var past = cache ?? KVCache(for: configuration)
        // The last token must go through the model, for its logits.
        if past.count >= prompt.count {
            if past.canTruncate(to: prompt.count - 1) {
                past.truncate(to: prompt.count - 1)
            } else {
                past = KVCache(for: configuration)
            }
        }
        let number = nextNumber
        nextNumber += 1
        guard options.maximumTokens > 0 else { return number }
        sequences.append(
            Sequence(
                number: number, cache: past, pending: Array(prompt[past.count...]),
                sampler: TokenSampler(options.sampling, prompt: prompt), options: options,
                endTokens: options.endTokens ?? configuration.endTokens))
        return number
    }

    /// Removes a sequence; the past of its tokens but the last, or nil if it has gone already.
    @discardableResult
    public mutating func remove(_ number: Int) -> KVCache? {
        guard let index = sequences.firstIndex(where: { $0.number == number }) else { return nil }
        return sequences.remove(at: index).cache
    }

    /// The past of a sequence, without its last token; nil if it has gone.
    public func cache(of number: Int) -> KVCache? { sequences.first { $0.number == number }?.cache }

    /// The past of a sequence that has ended, without its last token; nil if it was not kept or taken before.
    public mutating func takeFinishedCache(of number: Int) -> KVCache? { finishedCaches.removeValue(forKey: number) }

    /// Why a sequence ended without a token; nil if it did not, or the failure was taken before.
    public mutating func takeFailure(of number: Int) -> GenerationError? { failures.removeValue(forKey: number) }

    /// Gives every sequence its next token; sequences that end are removed.
    ///
    /// A sequence that can have no next token gets none and is removed, for which ``takeFailure(of:)`` has the reason; the
    /// others go on.
    public mutating func step() -> [Token] {
        if sequences.isEmpty { return [] }
        prefill()
        let logits = advance()
        let sums = logits.logSumExp(axes: [-1])
        var tokens: [Token] = []
        for index in sequences.indices {
            do throws(GenerationError) {
                tokens.append(
                    try BatchDecoder.choose(
                        &sequences[index], logits.selected(axis: 0, at: index),
                        sums.selected(axis: 0, at: index).scalar,
                        contextLength: model.configuration.maximumPositions))
            } catch {
                failures[sequences[index].number] = error
            }
        }
        if !failures.isEmpty { sequences.removeAll { failures[$0.number] != nil } }
        for token in tokens where token.finish != nil {
            let cache = remove(token.sequence)
            if keepsFinishedCaches { finishedCaches[token.sequence] = cache }
        }
        return tokens
    }

    /// Sends all but the last chunk of long prompts through the model; nobody needs their logits.
    private mutating func prefill() {
        for index in sequences.indices {
            while sequences[index].pending.count > chunkLength {
                let chunk = Array(sequences[index].pending.prefix(chunkLength))
                var caches = [takeCache(index)]
                model.extend(&caches, by: [chunk], hooks: hooks)
                sequences[index].cache = caches[0]
                sequences[index].pending.removeFirst(chunkLength)
            }
        }
    }

    /// Sends the tokens that are waiting through the model; the logits that follow, `[sequences, vocabulary]`.
    private mutating func advance() -> Tensor<Float> {
        var caches = sequences.indices.map { takeCache($0) }
        let logits = model.nextTokenLogits(after: sequences.map(\.pending), &caches, hooks: hooks)
        for index in sequences.indices.reversed() { sequences[index].cache = caches.removeLast() }
        return logits
    }

    /// The cache of a sequence, which is left without one, so that the model changes it in place.
    private mutating func takeCache(_ index: Int) -> KVCache {
        var taken = KVCache.empty
        swap(&taken, &sequences[index].cache)
        return taken
    }

    private static func choose(
        _ sequence: inout Sequence, _ logits: Tensor<Float>, _ logSum: Float, contextLength: Int
    ) throws(GenerationError) -> Token {
        var allowed = sequence.options.constraint?.allowedTokens()
        if let constraint = sequence.options.constraint {
            for token in sequence.endTokens {
                if constraint.mayEnd { allowed?.insert(token) } else { allowed?.remove(token) }
            }
        }
        let mask = allowed
        let id = try logits.withUnsafeBufferPointer { (row) throws(GenerationError) in
            try sequence.sampler.next(row, logSum: logSum, allowed: mask)
        }
        sequence.options.constraint?.accept(id)
        sequence.pending = [id]
        sequence.generated += 1
        var token = Token(
            sequence: sequence.number, id: id, logProbability: logits[id] - logSum, alternatives: [], finish: nil)
        if sequence.options.alternativeCount > 0 {
            let (values, ids) = logits.topK(min(sequence.options.alternativeCount, logits.count))
            token.alternatives = zip(ids.array, values.array).map {
                Alternative(id: Int($0), logProbability: $1 - logSum)
            }
        }
        if sequence.endTokens.contains(id) {
            token.finish = .endToken
        } else if sequence.endTokens.isEmpty, var constraint = sequence.options.constraint, constraint.mayEnd,
            constraint.allowedTokens().isEmpty
        {
            token.finish = .constraint
        } else if sequence.generated >= sequence.options.maximumTokens {
            token.finish = .maximumTokens
        } else if sequence.cache.count >= contextLength {
            token.finish = .contextFull
        }
        return token
    }
}

import Autograd
import Tensor

/// A transformer of any family: a decoder that predicts the next token, or an encoder.
///
/// A value whose parameters have the names that transformers gives them, so that its gradient, its checkpoints and its
/// files all speak the same language.
///
/// ```swift
/// let model = try TransformerModel(folder: "SmolLM2-135M-Instruct")
/// let logits = model(TokenBatch([[504, 3575, 282, 4649, 314]]))          // [1, 5, 49152]
/// var fresh = TransformerModel(configuration, key: RandomKey(seed: 1))   // to be trained
/// ```
///
/// There is no dropout; a pass is the same in training and in evaluation.
public struct TransformerModel: Parameterized {
    /// The shape and the constants.
    public let configuration: TransformerConfiguration

    /// The token embedding, `[vocabulary, hidden]`; also the output head where embeddings are tied.
    public var tokens: WeightMatrix

    /// The learned positions, `[maximumPositions, hidden]`, or nil.
    public var positions: WeightMatrix?

    /// The embedding of token types (BERT), or nil.
    public var types: WeightMatrix?

    /// The norm of the embeddings (BERT), or nil.
    public var embeddingNorm: Norm?

    /// The layers.
    public var blocks: [TransformerBlock]

    /// The norm before the head; nil in BERT, whose last block ends with one.
    public var finalNorm: Norm?

    /// The output head `[vocabulary, hidden]`; nil for an encoder and where embeddings are tied.
    public var head: Projection?

    /// BERT's map of the first token's state, if the file has one.
    public var pooler: Projection?

    private let names: ParameterNames

    /// Creates a model with new weights.
    public init(_ configuration: TransformerConfiguration, key: RandomKey) {
        let problems = configuration.problems
        guard problems.isEmpty else {
            trap("TransformerModel: \(problems.map(\.description).joined(separator: ", "))")
        }
        var source = RandomWeights(configuration, key: key)
        self.init(configuration, from: &source)
    }

    init(_ configuration: TransformerConfiguration, from source: inout some WeightSource) {
        let names = source.names
        let hidden = configuration.hiddenSize
        let isEncoder = configuration.family == .bert
        self.configuration = configuration
        self.names = .huggingFace(configuration.family)
        tokens = source.matrix(names.tokens + ".weight", [configuration.vocabularySize, hidden], isResidual: false)
        if !configuration.family.isRotary {
            positions = source.matrix(
                names.positions + ".weight", [configuration.maximumPositions, hidden], isResidual: false)
        }
        if isEncoder {
            types = source.matrix(names.types + ".weight", [configuration.typeCount, hidden], isResidual: false)
            embeddingNorm = Norm(names.embeddingNorm, count: hidden, configuration, from: &source)
        }
        blocks = (0..<configuration.layerCount).map { TransformerBlock(configuration, layer: $0, from: &source) }
        if isEncoder {
            if !names.pooler.isEmpty, source.contains(names.pooler + ".weight") {
                pooler = Projection(names.pooler, inputs: hidden, outputs: hidden, hasBias: true, from: &source)
            }
            return
        }
        finalNorm = Norm(names.finalNorm, count: hidden, configuration, from: &source)
        if !configuration.tiesEmbeddings {
            head = Projection(
                names.head, inputs: hidden, outputs: configuration.vocabularySize, hasBias: false, from: &source)
        }
    }

    /// The logits of the next token at every place, `[batch, time, vocabulary]`.
    ///
    /// Traps for an encoder, on a token that the vocabulary lacks, and on a row that is longer than learned positions reach.
    public func callAsFunction(_ batch: TokenBatch, hooks: ActivationHooks? = nil) -> Variable<Float> {
        guard configuration.family.isCausal else { trap("TransformerModel: an encoder has no logits") }
        let hidden = hiddenStates(batch, hooks: hooks)
        if hooks?.lastLayer != nil { return hidden }
        let logits = logits(of: hidden)
        return hooks?.apply(.logits, to: logits) ?? logits
    }

    /// The residual stream after the last norm, `[batch, time, hidden]`, or where a hook ends the computation.
    ///
    /// - Parameters:
    ///   - batch: the tokens.
    ///   - hooks: what happens on the way.
    ///   - recomputingBlocks: keep only the residual stream between blocks for the backward pass, which computes each
    ///     block again: less memory, a third more work. Not together with hooks.
    public func hiddenStates(
        _ batch: TokenBatch, hooks: ActivationHooks? = nil, recomputingBlocks: Bool = false
    ) -> Variable<Float> {
        var pass = ForwardPass(batch, configuration, hooks: hooks)
        let start = embeddings(batch.ids, batch.countedPositions, batch.types)
        return states(from: start, &pass, recomputingBlocks: recomputingBlocks && hooks == nil)
    }

    /// The logits of states `[..., hidden]`, `[..., vocabulary]`.
    public func logits(of states: Variable<Float>) -> Variable<Float> {
        head?(states) ?? tokens.product(states)
    }

    /// BERT's summary of the first token, tanh(W h + b), `[batch, hidden]`; nil if the model has no pooler.
    ///
    /// - Parameter states: `[batch, time, hidden]`.
    public func pooled(_ states: Variable<Float>) -> Variable<Float>? {
        pooler.map { $0(states.selected(axis: 1, at: 0)).tanh() }
    }

    /// The sum of what stands for tokens, positions and types.
    private func embeddings(
        _ ids: Tensor<Int64>, _ places: Tensor<Int64>, _ typeIDs: Tensor<Int64>?
    ) -> Variable<Float> {
        var result = tokens.rows(ids)
        if let types { result = result + types.rows(typeIDs ?? Tensor(zeros: ids.shape)) }
        if let positions { result = result + positions.rows(places) }
        return embeddingNorm?(result) ?? result
    }

    private func states(
        from start: Variable<Float>, _ pass: inout ForwardPass, recomputingBlocks: Bool
    ) -> Variable<Float> {
        var stream = pass.hooked(.embeddings, start)
        for layer in blocks.indices {
            if recomputingBlocks {
                stream = checkpoint(stream) { [pass, block = blocks[layer]] x in
                    var pass = pass
                    return block(x, layer: layer, &pass)
                }
            } else {
                stream = blocks[layer](stream, layer: layer, &pass)
            }
            if pass.hooks?.lastLayer == layer { return stream }
        }
        return pass.hooked(.finalNorm, finalNorm?(stream) ?? stream)
    }

    /// Visits the parameters by the names that the family's files give them; quantised weights are no parameters.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Float>) {
        visitor.visit(names.tokens + ".weight", &tokens)
        visitor.visit(names.positions + ".weight", &positions)
        visitor.visit(names.types + ".weight", &types)
        visitor.visit(names.embeddingNorm, &embeddingNorm)
        visitor.visit(names.blocks, &blocks)
        visitor.visit(names.finalNorm, &finalNorm)
        visitor.visit(names.head, &head)
        visitor.visit(names.pooler, &pooler)
    }
}

extension TransformerModel {
    /// The logits that follow the last new token of each sequence, `[sequences, vocabulary]`.
    ///
    /// Sequences of different lengths need no padding: their tokens lie one after another, and each attends to its own
    /// past, so a sequence gives the same logits in any company.
    ///
    /// - Parameters:
    ///   - tokens: the new tokens of each sequence, at least one for each.
    ///   - caches: what each sequence has seen; the new tokens are added.
    ///   - hooks: what happens on the way; activations have the shape `[1, tokens of all sequences, ...]`.
    public func nextTokenLogits(
        after tokens: [[Int]], _ caches: inout [KVCache], hooks: ActivationHooks? = nil
    ) -> Tensor<Float> {
        if hooks == nil, tokens.count == caches.count, tokens.allSatisfy({ $0.count == 1 }),
            let pass = NextTokenPass(self)
        {
            return logits(of: Variable(pass.states(of: tokens.map { $0[0] }, &caches))).value
        }
        let states = extend(&caches, by: tokens, hooks: hooks)
        var last = -1
        let ends = tokens.map { sequence in
            last += sequence.count
            return Int64(last)
        }
        let logits = logits(of: Variable(states.value.squeezed(0).rows(Tensor(ends))))
        return (hooks?.apply(.logits, to: logits) ?? logits).value
    }

    /// The states of an encoder's sequences that lie one after another, `[1, tokens, hidden]`.
    func joinedStates(_ ids: Tensor<Int64>, positions: Tensor<Int64>, _ ranges: [Range<Int>]) -> Tensor<Float> {
        var pass = ForwardPass(ranges, hooks: nil)
        return states(from: embeddings(ids, positions, nil), &pass, recomputingBlocks: false).value
    }

    /// Adds tokens to the past of sequences; the states after the last norm, `[1, tokens of all sequences, hidden]`.
    @discardableResult
    func extend(_ caches: inout [KVCache], by tokens: [[Int]], hooks: ActivationHooks? = nil) -> Variable<Float> {
        guard tokens.count == caches.count, tokens.allSatisfy({ !$0.isEmpty }) else {
            trap(
                "TransformerModel: \(tokens.count) sequences of new tokens for \(caches.count) caches, or an empty one")
        }
        var ids: [Int64] = []
        var places: [Int64] = []
        var ranges: [Range<Int>] = []
        for (sequence, cache) in zip(tokens, caches) {
            ranges.append(ids.count..<ids.count + sequence.count)
            ids += sequence.map(Int64.init)
            places += (0..<sequence.count).map { Int64(cache.count + $0) }
        }
        let shape: TensorShape = [1, ids.count]
        let positions = Tensor(places, shape: shape)
        // The pass owns the caches meanwhile, so that they are changed in place.
        let sequences = CachedSequences(caches: caches, ranges: ranges)
        caches = []
        var pass = ForwardPass(sequences, positions: positions, configuration, hooks: hooks)
        _ = consume sequences
        let states = states(
            from: embeddings(Tensor(ids, shape: shape), positions, nil), &pass, recomputingBlocks: false)
        caches = pass.takeCaches()
        return states
    }
}

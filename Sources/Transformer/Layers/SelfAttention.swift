import Autograd
import Tensor

/// Attention of a sequence to itself (arXiv 1706.03762), with grouped queries (arXiv 2305.13245), norms on queries and keys
/// and rotary positions where the family has them.
public struct SelfAttention: Parameterized {
    /// The maps to queries, keys and values; or one map to all three, one after another, as in GPT-2.
    public var inputs: [Projection]

    /// The map of the joined heads back to the residual stream.
    public var output: Projection

    /// The norm of every head's queries (Qwen 3), or nil.
    public var queryNorm: Norm?

    /// The norm of every head's keys (Qwen 3), or nil.
    public var keyNorm: Norm?

    /// The number of query heads.
    public let headCount: Int

    /// The number of key and value heads.
    public let keyHeadCount: Int

    /// The width of a head.
    public let headDimension: Int

    /// How many positions back a token sees, its own counted; nil for all.
    public let window: Int?

    private let names: ParameterNames
    private let joinedInputs: JoinedProjections?

    init(_ configuration: TransformerConfiguration, layer: Int, from source: inout some WeightSource) {
        let (names, path) = (source.names, source.names.block(layer))
        headCount = configuration.headCount
        keyHeadCount = configuration.keyHeadCount
        headDimension = configuration.headDimension
        window = configuration.windows[layer]
        let (hidden, wide, narrow) = (
            configuration.hiddenSize, headCount * headDimension, keyHeadCount * headDimension
        )
        let widths = names.attentionInputs.count == 1 ? [wide + 2 * narrow] : [wide, narrow, narrow]
        var inputs = zip(names.attentionInputs, widths).map { name, width in
            Projection(
                path + name, inputs: hidden, outputs: width, hasBias: configuration.hasQueryKeyValueBias,
                inputsFirst: names.inputsFirst, from: &source)
        }
        joinedInputs = JoinedProjections(&inputs)
        self.inputs = inputs
        output = Projection(
            path + names.attentionOutput, inputs: wide, outputs: hidden,
            hasBias: configuration.hasAttentionOutputBias, inputsFirst: names.inputsFirst, isResidual: true,
            from: &source)
        if configuration.family == .qwen3 {
            queryNorm = Norm(path + names.queryNorm, count: headDimension, configuration, from: &source)
            keyNorm = Norm(path + names.keyNorm, count: headDimension, configuration, from: &source)
        }
        self.names = .huggingFace(configuration.family)
    }

    /// `[batch, time, hidden]` to the same shape.
    func callAsFunction(_ x: Variable<Float>, layer: Int, _ pass: inout ForwardPass) -> Variable<Float> {
        let (wide, narrow) = (headCount * headDimension, keyHeadCount * headDimension)
        let parts: [Variable<Float>]
        if inputs.count == 1 {
            parts = inputs[0](x).split(sizes: [wide, narrow, narrow], axis: -1)
        } else if let joined = standingInputs {
            parts = joined(x)
        } else {
            parts = inputs.map { $0(x) }
        }
        var query = heads(parts[0], headCount)
        var key = heads(parts[1], keyHeadCount)
        let value = heads(parts[2], keyHeadCount)
        if let queryNorm, let keyNorm { (query, key) = (queryNorm(query), keyNorm(key)) }
        if let turned = pass.angles { (query, key) = (turned(query), turned(key)) }
        let mixed = pass.attend(query, key, value, layer: layer, window: window)
        let joined = pass.hooked(.attentionHeadOut(layer: layer), mixed).permuted([0, 2, 1, 3])
        return output(joined.reshaped([x.shape[0], x.shape[1], wide]))
    }

    /// The maps to queries, keys and values as one, while they are what was joined.
    var standingInputs: JoinedProjections? {
        guard let joinedInputs, inputs.indices.allSatisfy({ joinedInputs.stands(for: inputs[$0]) }) else { return nil }
        return joinedInputs
    }

    /// `[batch, time, heads · d]` to `[batch, heads, time, d]`.
    private func heads(_ x: Variable<Float>, _ count: Int) -> Variable<Float> {
        x.reshaped([x.shape[0], x.shape[1], count, headDimension]).permuted([0, 2, 1, 3])
    }

    /// Visits the parameters by the names that the family's files give them.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Float>) {
        for (position, name) in names.attentionInputs.enumerated() { visitor.visit(name, &inputs[position]) }
        visitor.visit(names.attentionOutput, &output)
        visitor.visit(names.queryNorm, &queryNorm)
        visitor.visit(names.keyNorm, &keyNorm)
    }
}

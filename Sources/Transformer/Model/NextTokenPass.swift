import Autograd
import Tensor

/// The way of the next token of each sequence through a quantised decoder, in memory that kernels change in place.
///
/// It gives what the blocks give, bit for bit; between products of one row they would spend a quarter of their time on
/// making tensors. For the families with rotary positions, RMS norms and a gate, without adapters and hooks.
struct NextTokenPass {
    private let model: TransformerModel
    private let layers: [Layer]

    /// What one layer computes with.
    private struct Layer {
        let block: TransformerBlock
        let inputs: JoinedProjections
        let widened: JoinedProjections
        let output: QuantizedMatrix
        let down: QuantizedMatrix

        init?(_ block: TransformerBlock) {
            let (attention, feedForward) = (block.attention, block.feedForward)
            guard let inputs = attention.standingInputs, let widened = feedForward.standingInputs,
                let output = Self.panels(attention.output), let down = Self.panels(feedForward.down),
                !inputs.isExact, !widened.isExact, feedForward.activation == .silu
            else { return nil }
            self.block = block
            (self.inputs, self.widened, self.output, self.down) = (inputs, widened, output, down)
        }

        private static func panels(_ projection: Projection) -> QuantizedMatrix? {
            guard projection.adapter == nil, !projection.weight.isExact, projection.bias?.isTracked != true,
                let packed = projection.weight.packed, packed.isInPanels
            else { return nil }
            return packed
        }
    }

    /// Nil if the model is of another kind.
    init?(_ model: TransformerModel) {
        let family = model.configuration.family
        guard family.isCausal, family.usesRMSNorm, family.hasGate, model.configuration.rotary != nil,
            model.finalNorm != nil
        else { return nil }
        var layers: [Layer] = []
        layers.reserveCapacity(model.blocks.count)
        for block in model.blocks {
            guard let layer = Layer(block) else { return nil }
            layers.append(layer)
        }
        self.model = model
        self.layers = layers
    }

    /// The states after the last norm for one new token of each sequence, `[sequences, hidden]`; the caches grow by it.
    func states(of tokens: [Int], _ caches: inout [KVCache]) -> Tensor<Float> {
        let configuration = model.configuration
        let (count, size) = (tokens.count, configuration.headDimension)
        let (heads, keyHeads) = (configuration.headCount, configuration.keyHeadCount)
        let positions = Tensor(caches.map { Int64($0.count) }, shape: [count, 1])
        let angles = configuration.rotary?.angles(
            at: positions, lengths: caches.map { $0.count + 1 }, dimensions: size)
        let epsilon = Float(configuration.normEpsilon)
        var stream = FloatRows(model.tokens.rows(Tensor(tokens.map(Int64.init))).value)
        var normalized = FloatRows(count: count, width: configuration.hiddenSize)
        var projected = FloatRows(count: count, width: (heads + 2 * keyHeads) * size)
        var turned = FloatRows(count: count, width: (heads + keyHeads) * size)
        var mixed = FloatRows(count: count, width: heads * size)
        var both = FloatRows(count: count, width: 2 * configuration.intermediateSize)
        var inner = FloatRows(count: count, width: configuration.intermediateSize)
        var change = FloatRows(count: count, width: configuration.hiddenSize)
        for (index, layer) in layers.enumerated() {
            let (attention, block) = (layer.block.attention, layer.block)
            normalized.setNormalized(stream, weight: block.attentionNorm.weight.value, epsilon: epsilon)
            projected.setProduct(normalized, layer.inputs.matrix, bias: layer.inputs.bias)
            if let queryNorm = attention.queryNorm, let keyNorm = attention.keyNorm {
                projected.normalizeHeads(from: 0, count: heads, weight: queryNorm.weight.value, epsilon: epsilon)
                projected.normalizeHeads(
                    from: heads * size, count: keyHeads, weight: keyNorm.weight.value, epsilon: epsilon)
            }
            if let angles {
                turned.setTurned(
                    projected, heads: heads + keyHeads, cosines: angles.cosines, sines: angles.sines)
            }
            let pasts = caches.indices.map { row in
                caches[row].append(
                    keysOf: turned, at: heads * size, valuesOf: projected, at: (heads + keyHeads) * size, row: row,
                    layer: index)
            }
            mixed.setAttention(turned, pasts: pasts, heads: heads, keyHeads: keyHeads, window: attention.window)
            change.setProduct(mixed, layer.output, bias: attention.output.bias?.value)
            stream.add(change)
            normalized.setNormalized(stream, weight: block.feedForwardNorm.weight.value, epsilon: epsilon)
            both.setProduct(normalized, layer.widened.matrix, bias: layer.widened.bias)
            inner.setGated(both)
            change.setProduct(inner, layer.down, bias: block.feedForward.down.bias?.value)
            stream.add(change)
        }
        normalized.setNormalized(stream, weight: model.finalNorm!.weight.value, epsilon: epsilon)
        return normalized.tensor
    }
}

import Autograd
import NN
import Tensor

let modelWorkloads: [Workload] = [
    Workload("smollm2_135m_decode_ctx128", .bytes(4 * Double(SmolLM2.weights))) {
        let model = SmolLM2(key: RandomKey(seed: 1))
        var cache = SmolLM2.Cache()
        _ = model(prompt(128), after: &cache)
        return {
            var copy = cache
            keep(model(prompt(1), after: &copy))
        }
    },
    Workload("smollm2_135m_prefill_128", .operations(2 * Double(SmolLM2.weights) * 128)) {
        let model = SmolLM2(key: RandomKey(seed: 1))
        return {
            var cache = SmolLM2.Cache()
            keep(model(prompt(128), after: &cache))
        }
    },
]

private func prompt(_ length: Int) -> Tensor<Int64> {
    Tensor<Int64>(randomIntegers: [1, length], in: 0..<49152, key: RandomKey(seed: 2))
}

/// The shape of SmolLM2-135M with drawn weights, built from NN's layers.
struct SmolLM2 {
    static let (vocabulary, dimensions, hidden, layers, heads, keyHeads) = (49152, 576, 1536, 30, 9, 3)
    static let weights = 134_515_008
    /// The weights of the blocks, which every token of a prompt meets.
    static let blockWeights = Double(weights - vocabulary * dimensions)
    /// The quantised file.
    static let fileBytes = 98_000_000

    /// Keys and values of the tokens so far, for each layer.
    typealias Cache = [(key: Variable<Float>, value: Variable<Float>)]

    var tokens: Embedding<Float>
    var blocks: [Block]
    var norm = RMSNorm<Float>(SmolLM2.dimensions, epsilon: 1e-5)
    var angles = RotaryTable<Float>(positions: 256, dimensions: 64, base: 100_000)

    init(key: RandomKey) {
        let keys = key.split(2)
        tokens = Embedding(
            SmolLM2.vocabulary, SmolLM2.dimensions, initializer: .normal(standardDeviation: 0.02), key: keys[0])
        blocks = keys[1].split(SmolLM2.layers).map { Block(key: $0) }
    }

    /// The logits of the tokens that follow those in the cache, `[1, time, vocabulary]`.
    func callAsFunction(_ ids: Tensor<Int64>, after cache: inout Cache) -> Variable<Float> {
        var x = tokens(ids)
        for (index, block) in blocks.enumerated() { x = block(x, angles, &cache, index) }
        return norm(x).linear(tokens.weight)
    }

    struct Block {
        var attentionNorm = RMSNorm<Float>(SmolLM2.dimensions, epsilon: 1e-5)
        var query, key, value, output: Linear<Float>
        var mlpNorm = RMSNorm<Float>(SmolLM2.dimensions, epsilon: 1e-5)
        var gate, up, down: Linear<Float>

        init(key source: RandomKey) {
            let keys = source.split(7)
            let (d, inner, hidden) = (SmolLM2.dimensions, 64 * SmolLM2.keyHeads, SmolLM2.hidden)
            query = Linear(d, d, hasBias: false, key: keys[0])
            key = Linear(d, inner, hasBias: false, key: keys[1])
            value = Linear(d, inner, hasBias: false, key: keys[2])
            output = Linear(d, d, hasBias: false, key: keys[3])
            gate = Linear(d, hidden, hasBias: false, key: keys[4])
            up = Linear(d, hidden, hasBias: false, key: keys[5])
            down = Linear(hidden, d, hasBias: false, key: keys[6])
        }

        func callAsFunction(
            _ x: Variable<Float>, _ angles: RotaryTable<Float>, _ cache: inout Cache, _ layer: Int
        ) -> Variable<Float> {
            let time = x.shape[1]
            func split(_ x: Variable<Float>) -> Variable<Float> {
                x.reshaped([1, time, -1, 64]).permuted([0, 2, 1, 3])
            }
            let normalised = attentionNorm(x)
            let start = layer < cache.count ? cache[layer].key.shape[2] : 0
            let q = split(query(normalised)).rotaryEmbedding(angles, from: start)
            var k = split(key(normalised)).rotaryEmbedding(angles, from: start)
            var v = split(value(normalised))
            if start > 0 {
                k = .concatenated([cache[layer].key, k], axis: 2)
                v = .concatenated([cache[layer].value, v], axis: 2)
                cache[layer] = (k, v)
            } else {
                cache.append((k, v))
            }
            let mixed = attention(query: q, key: k, value: v, mask: .causal)
            let hidden = x + output(mixed.permuted([0, 2, 1, 3]).reshaped([1, time, -1]))
            let inner = mlpNorm(hidden)
            return hidden + down(gate(inner).swiGLU(up(inner)))
        }
    }
}

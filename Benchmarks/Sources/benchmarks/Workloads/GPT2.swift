import Autograd
import NN
import Tensor

/// The smallest GPT-2 (124 million parameters), built from NN's layers.
struct GPT2: Parameterized {
    static let (vocabulary, dimensions, layers) = (50257, 768, 12)

    var tokens: Embedding<Float>
    var positions: Embedding<Float>
    var blocks: [Block]
    var norm = LayerNorm<Float>(GPT2.dimensions)

    init(key: RandomKey) {
        let keys = key.split(3)
        let initializer = Initializer.normal(standardDeviation: 0.02)
        tokens = Embedding(GPT2.vocabulary, GPT2.dimensions, initializer: initializer, key: keys[0])
        positions = Embedding(1024, GPT2.dimensions, initializer: initializer, key: keys[1])
        blocks = keys[2].split(GPT2.layers).map { Block(key: $0) }
    }

    /// The mean cross-entropy of each token given those before it, for `[batch, time]`.
    func loss(_ ids: Tensor<Int64>) -> Variable<Float> {
        let time = ids.shape[1]
        var hidden = tokens(ids) + positions(Tensor<Int64>.arange(0, Int64(time)))
        for block in blocks { hidden = block(hidden) }
        let seen = norm(hidden).narrowed(axis: 1, from: 0, count: time - 1)
        // The output map is the embedding's table.
        let logits = seen.linear(tokens.weight)
        let targets = ids.narrowed(axis: 1, from: 1, count: time - 1).reshaped([-1])
        return crossEntropy(logits.reshaped([-1, GPT2.vocabulary]), targets)
    }

    mutating func visitParameters(_ visitor: inout some ParameterVisitor<Float>) {
        visitor.visit("tokens", &tokens)
        visitor.visit("positions", &positions)
        visitor.visit("blocks", &blocks)
        visitor.visit("norm", &norm)
    }

    static func trainingOperations(tokens: Int, time: Int) -> Double {
        let weights = Double(layers * 12 * dimensions * dimensions + vocabulary * dimensions)
        return Double(tokens) * (6 * weights + 12 * Double(layers * dimensions * time))
    }

    struct Block: Parameterized {
        var attentionNorm = LayerNorm<Float>(GPT2.dimensions)
        var attention: MultiHeadAttention<Float>
        var mlpNorm = LayerNorm<Float>(GPT2.dimensions)
        var mlp: MLP<Float>

        init(key: RandomKey) {
            let keys = key.split(2)
            attention = MultiHeadAttention(dimensions: GPT2.dimensions, heads: 12, isCausal: true, key: keys[0])
            let sizes = [GPT2.dimensions, 4 * GPT2.dimensions, GPT2.dimensions]
            mlp = MLP(sizes: sizes, activation: .geluTanh, key: keys[1])
        }

        func callAsFunction(_ x: Variable<Float>) -> Variable<Float> {
            let mixed = x + attention(attentionNorm(x))
            return mixed + mlp(mlpNorm(mixed))
        }

        mutating func visitParameters(_ visitor: inout some ParameterVisitor<Float>) {
            visitor.visit("attentionNorm", &attentionNorm)
            visitor.visit("attention", &attention)
            visitor.visit("mlpNorm", &mlpNorm)
            visitor.visit("mlp", &mlp)
        }
    }
}

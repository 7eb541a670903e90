import Autograd
import NN
import Tensor

/// The networks of the lung-cancer study: from expression `[n, probes]` to one logit a person, `[n, 1]`.
public enum GeneNetwork: StacksTasks {
    /// The element type.
    public typealias Scalar = Float

    /// Affine layers with leaky ReLU.
    case perceptron(MLP<Float>)
    /// Two convolutions along the order of the probes.
    case convolutional(ConvolutionalGeneNetwork)
    /// Attention between groups of probes.
    case attention(AttentiveGeneNetwork)

    /// The kinds of network, with the width of their hidden layers.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// probes - 64 - 32 - 1.
        case perceptron
        /// Convolutions of 16 and 32 channels.
        case convolutional
        /// One encoder layer of width 32.
        case attention

        /// A network with drawn weights.
        public func network(probes: Int, key: RandomKey) -> GeneNetwork {
            switch self {
            case .perceptron:
                .perceptron(MLP(sizes: [probes, 64, 32, 1], activation: .leakyReLU(slope: 0.01), key: key))
            case .convolutional: .convolutional(ConvolutionalGeneNetwork(probes: probes, width: 32, key: key))
            case .attention: .attention(AttentiveGeneNetwork(probes: probes, width: 32, key: key))
            }
        }
    }

    /// `[n, probes]` to logits `[n, 1]`.
    public func callAsFunction(_ x: Variable<Float>) -> Variable<Float> {
        switch self {
        case .perceptron(let network): network(x)
        case .convolutional(let network): network(x)
        case .attention(let network): network(x)
        }
    }

    /// The perceptron works on many tasks at once.
    public var stacksTasks: Bool { if case .perceptron = self { true } else { false } }

    /// The path of the last layer, which alone is trained when the body is frozen.
    public var head: String {
        switch self {
        case .perceptron(let network): "layers.\(network.layers.count - 1)"
        case .convolutional, .attention: "head"
        }
    }

    /// Visits the network's parameters.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Float>) {
        switch self {
        case .perceptron(var network):
            network.visitParameters(&visitor)
            self = .perceptron(network)
        case .convolutional(var network):
            network.visitParameters(&visitor)
            self = .convolutional(network)
        case .attention(var network):
            network.visitParameters(&visitor)
            self = .attention(network)
        }
    }
}

/// Convolution of 3, ReLU, pooling by 2, twice, and a linear head; the order of the probes is taken as a line.
public struct ConvolutionalGeneNetwork: Layer {
    var first: Conv1d<Float>
    var second: Conv1d<Float>
    var head: Linear<Float>

    init(probes: Int, width: Int, key: RandomKey) {
        let keys = key.split(3)
        first = Conv1d(1, width / 2, kernel: 3, ConvolutionGeometry(padding: 1), key: keys[0])
        second = Conv1d(width / 2, width, kernel: 3, ConvolutionGeometry(padding: 1), key: keys[1])
        head = Linear(width * (probes / 4), 1, key: keys[2])
    }

    /// `[n, probes]` to `[n, 1]`.
    public func callAsFunction(_ x: Variable<Float>) -> Variable<Float> {
        let half = first(x.unsqueezed(1)).relu().maxPool1d(PoolingGeometry(size: 2))
        let quarter = second(half).relu().maxPool1d(PoolingGeometry(size: 2))
        return head(quarter.reshaped([x.shape[0], -1]))
    }

    /// Visits `first`, `second` and `head`.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Float>) {
        visitor.visit("first", &first)
        visitor.visit("second", &second)
        visitor.visit("head", &head)
    }
}

/// Groups of neighbouring probes as tokens, one encoder layer between them, their mean, and a linear head.
///
/// The published code lets the people of a batch attend to one another, so that a person's score depends on the others;
/// here the tokens are parts of one person.
public struct AttentiveGeneNetwork: Layer {
    var embedding: Linear<Float>
    var positions: Variable<Float>
    var attention: MultiHeadAttention<Float>
    var firstNorm: LayerNorm<Float>
    var widening: Linear<Float>
    var narrowing: Linear<Float>
    var secondNorm: LayerNorm<Float>
    var head: Linear<Float>
    let tokens: Int
    let group: Int

    init(probes: Int, width: Int, key: RandomKey) {
        let keys = key.split(6)
        tokens = max(1, min(probes, 20))
        group = (probes + tokens - 1) / tokens
        embedding = Linear(group, width, key: keys[0])
        positions = Variable(Tensor(randomNormal: [tokens, width], standardDeviation: 0.02, key: keys[1]))
        attention = MultiHeadAttention(dimensions: width, heads: 1, key: keys[2])
        firstNorm = LayerNorm(width)
        widening = Linear(width, 4 * width, key: keys[3])
        narrowing = Linear(4 * width, width, key: keys[4])
        secondNorm = LayerNorm(width)
        head = Linear(width, 1, key: keys[5])
    }

    /// `[n, probes]` to `[n, 1]`.
    public func callAsFunction(_ x: Variable<Float>) -> Variable<Float> {
        let missing = tokens * group - x.shape[1]
        let padded =
            missing > 0
            ? Variable.concatenated([x, Variable(Tensor(zeros: [x.shape[0], missing]))], axis: 1) : x
        let start = embedding(padded.reshaped([x.shape[0], tokens, group])) + positions
        let attended = firstNorm(start + attention(start))
        let result = secondNorm(attended + narrowing(widening(attended).relu()))
        return head(result.mean(axis: 1))
    }

    /// Visits the parts in the order of use.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Float>) {
        visitor.visit("embedding", &embedding)
        visitor.visit("positions", &positions)
        visitor.visit("attention", &attention)
        visitor.visit("firstNorm", &firstNorm)
        visitor.visit("widening", &widening)
        visitor.visit("narrowing", &narrowing)
        visitor.visit("secondNorm", &secondNorm)
        visitor.visit("head", &head)
    }
}

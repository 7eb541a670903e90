import Autograd
import Tensor

/// One layer of a transformer: attention, then a feed-forward part, each added to the residual stream.
///
/// Norms stand before each part (arXiv 2002.04745), in BERT after each sum, as in the original (arXiv 1706.03762).
public struct TransformerBlock: Parameterized {
    /// The part that mixes positions.
    public var attention: SelfAttention

    /// The part that works on each position.
    public var feedForward: FeedForward

    /// The norm before attention, or after its sum.
    public var attentionNorm: Norm

    /// The norm before the feed-forward part, or after its sum.
    public var feedForwardNorm: Norm

    /// Whether norms follow the sums.
    public let normsFollow: Bool

    private let names: ParameterNames

    init(_ configuration: TransformerConfiguration, layer: Int, from source: inout some WeightSource) {
        let (names, path) = (source.names, source.names.block(layer))
        let hidden = configuration.hiddenSize
        attentionNorm = Norm(path + names.attentionNorm, count: hidden, configuration, from: &source)
        attention = SelfAttention(configuration, layer: layer, from: &source)
        feedForwardNorm = Norm(path + names.feedForwardNorm, count: hidden, configuration, from: &source)
        feedForward = FeedForward(configuration, layer: layer, from: &source)
        normsFollow = configuration.family == .bert
        self.names = .huggingFace(configuration.family)
    }

    /// `[batch, time, hidden]` to the same shape.
    func callAsFunction(_ x: Variable<Float>, layer: Int, _ pass: inout ForwardPass) -> Variable<Float> {
        let start = pass.hooked(.residualPre(layer: layer), x)
        let mixed = attention(normsFollow ? start : attentionNorm(start), layer: layer, &pass)
        var middle = start + pass.hooked(.attentionOut(layer: layer), mixed)
        if normsFollow { middle = attentionNorm(middle) }
        middle = pass.hooked(.residualMid(layer: layer), middle)
        let fed = feedForward(normsFollow ? middle : feedForwardNorm(middle), layer: layer, &pass)
        var end = middle + pass.hooked(.mlpOut(layer: layer), fed)
        if normsFollow { end = feedForwardNorm(end) }
        return pass.hooked(.residualPost(layer: layer), end)
    }

    /// Visits the parameters by the names that the family's files give them.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Float>) {
        visitor.visit(names.attentionNorm, &attentionNorm)
        visitor.visit("", &attention)
        visitor.visit(names.feedForwardNorm, &feedForwardNorm)
        visitor.visit("", &feedForward)
    }
}

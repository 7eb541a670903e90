import Autograd
import Tensor

/// Multi-head attention (arXiv 1706.03762), with fewer key heads if wanted (arXiv 2305.13245).
public struct MultiHeadAttention<Scalar: FloatingTensorScalar>: Layer {
    /// The map to queries, `[heads · headDimension, dimensions]`.
    public var query: Linear<Scalar>

    /// The map to keys, `[keyHeads · headDimension, dimensions]`.
    public var key: Linear<Scalar>

    /// The map to values, `[keyHeads · headDimension, dimensions]`.
    public var value: Linear<Scalar>

    /// The map of the joined heads, `[dimensions, heads · headDimension]`.
    public var output: Linear<Scalar>

    /// The number of query heads.
    public var heads: Int

    /// The number of key and value heads, a divisor of `heads`.
    public var keyHeads: Int

    /// The mask used when the layer is called as part of a chain.
    public var isCausal: Bool

    /// Creates a layer with drawn weights; traps unless `heads` divides `dimensions` and `keyHeads` divides `heads`.
    public init(
        dimensions: Int, heads: Int, keyHeads: Int? = nil, isCausal: Bool = false, hasBias: Bool = true, key: RandomKey
    ) {
        let keyHeads = keyHeads ?? heads
        guard heads > 0, keyHeads > 0, dimensions % heads == 0, heads % keyHeads == 0 else {
            trap("MultiHeadAttention: \(heads) heads and \(keyHeads) key heads do not divide \(dimensions) dimensions")
        }
        let inner = dimensions / heads * keyHeads
        let keys = key.split(4)
        query = Linear(dimensions, dimensions, hasBias: hasBias, key: keys[0])
        self.key = Linear(dimensions, inner, hasBias: hasBias, key: keys[1])
        value = Linear(dimensions, inner, hasBias: hasBias, key: keys[2])
        output = Linear(dimensions, dimensions, hasBias: hasBias, key: keys[3])
        self.heads = heads
        self.keyHeads = keyHeads
        self.isCausal = isCausal
    }

    /// Self-attention over `[batch, time, dimensions]`.
    public func callAsFunction(_ x: Variable<Scalar>) -> Variable<Scalar> {
        self(x, mask: isCausal ? .causal : .none)
    }

    /// Attention from `x` `[batch, time, dimensions]` to `context` `[batch, keys, dimensions]`, or to itself.
    public func callAsFunction(
        _ x: Variable<Scalar>, context: Variable<Scalar>? = nil, mask: AttentionMask<Scalar>
    ) -> Variable<Scalar> {
        let source = context ?? x
        let mixed = attention(
            query: split(query(x), heads), key: split(key(source), keyHeads), value: split(value(source), keyHeads),
            mask: mask)
        let joined = mixed.permuted([0, 2, 1, 3])
        return output(joined.reshaped([x.shape[0], x.shape[1], -1]))
    }

    /// `[batch, time, heads · d]` to `[batch, heads, time, d]`.
    private func split(_ x: Variable<Scalar>, _ heads: Int) -> Variable<Scalar> {
        x.reshaped([x.shape[0], x.shape[1], heads, x.shape[2] / heads]).permuted([0, 2, 1, 3])
    }

    /// Visits `query`, `key`, `value` and `output`.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {
        visitor.visit("query", &query)
        visitor.visit("key", &key)
        visitor.visit("value", &value)
        visitor.visit("output", &output)
    }
}

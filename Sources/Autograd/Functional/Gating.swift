import Tensor

extension Variable {
    /// The gated linear unit: the axis is cut in half, a · σ(b) (arXiv 1612.08083).
    public func glu(axis: Int = -1) -> Variable {
        let extent = shape[axis]
        guard extent % 2 == 0 else { trap("glu: axis \(axis) of the shape \(shape) has an odd extent") }
        let a = narrowed(axis: axis, from: 0, count: extent / 2)
        let b = narrowed(axis: axis, from: extent / 2, count: extent / 2)
        return fused(a, b) { a, b in a * b.sigmoid() }
    }

    /// silu(self) · other (arXiv 2002.05202).
    public func swiGLU(_ other: Variable) -> Variable { fused(self, other) { a, b in a.silu() * b } }

    /// Elements zeroed with a probability, the others scaled by 1 / (1 - probability), so that the mean stays.
    ///
    /// Traps unless the probability lies in `0..<1` (or is 1, which zeroes everything).
    public func dropout(probability: Double, key: RandomKey) -> Variable {
        guard probability >= 0, probability <= 1 else { trap("dropout: \(probability) is not a probability") }
        if probability == 0 { return self }
        if probability == 1 { return self * 0 }
        let kept = Tensor<Scalar>(randomBernoulli: shape, probability: 1 - probability, key: key)
        return self * Variable(kept * Scalar(1 / (1 - probability)))
    }

    /// x₁ᵀ W x₂ + b: `[..., in1]` and `[..., in2]` with a weight `[out, in1, in2]` give `[..., out]`.
    public func bilinear(_ other: Variable, weight: Variable, bias: Variable? = nil) -> Variable {
        guard weight.rank == 3, weight.shape[1] == shape[-1], weight.shape[2] == other.shape[-1] else {
            trap("bilinear: the weight \(weight.shape) does not fit the inputs \(shape) and \(other.shape)")
        }
        // [..., 1, in1] · [out, in1, in2] → [..., out, in2] by way of one matrix product.
        let (outputs, first, second) = (weight.shape[0], weight.shape[1], weight.shape[2])
        let flat = weight.permuted([1, 0, 2]).reshaped([first, outputs * second])
        var split = Array(shape.dropLast())
        split += [outputs, second]
        let mixed = matmul(flat).reshaped(split)
        let result = (mixed * other.unsqueezed(-2)).sum(axis: -1)
        return bias.map { result + $0 } ?? result
    }
}

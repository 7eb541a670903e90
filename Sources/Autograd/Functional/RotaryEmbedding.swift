import Tensor

/// Which elements of a vector a rotary embedding turns together.
public enum RotaryLayout: Sendable, Hashable {
    /// Element i and element i + dim/2, as in Hugging Face weights.
    case half
    /// Elements 2i and 2i + 1, as in the paper and in GGUF Llama weights.
    case interleaved
}

extension Variable {
    /// The rotary position embedding (arXiv 2104.09864): pairs of elements turned by the angles of their position.
    ///
    /// A pair (a, b) becomes (a cos - b sin, b cos + a sin). ∂x: G turned back.
    ///
    /// - Parameters:
    ///   - cosines: `[..., time, dim / 2]`; broadcast to the leading axes of the variable, `[..., time, dim]`
    ///   - sines: of the same shape
    ///   - layout: which elements are pairs
    public func rotaryEmbedding(
        cosines: Tensor<Scalar>, sines: Tensor<Scalar>, layout: RotaryLayout = .half
    ) -> Variable {
        guard rank > 0, cosines.shape == sines.shape, cosines.rank > 0, shape[-1] == 2 * cosines.shape[-1] else {
            trap(
                """
                rotaryEmbedding: cosines \(cosines.shape) and sines \(sines.shape) do not fit the shape \(shape): they \
                need half of its last extent
                """)
        }
        return mapped(
            "rotaryEmbedding", by: { $0.rotated(cosines, sines, layout, isInverse: false) },
            adjoint: { $0.rotated(cosines, sines, layout, isInverse: true) })
    }

    /// The rotary position embedding of consecutive positions.
    ///
    /// - Parameters:
    ///   - table: angles for `dim` elements
    ///   - start: the position of the first element of the time axis
    ///   - layout: which elements make a pair
    /// - Returns: for `[..., time, dim]` the same shape
    public func rotaryEmbedding(_ table: RotaryTable<Scalar>, from start: Int = 0, layout: RotaryLayout = .half)
        -> Variable
    {
        guard rank >= 2 else { trap("rotaryEmbedding: the shape \(shape) has no axes for time and elements") }
        let count = shape[-2]
        guard start >= 0, start + count <= table.positions else {
            trap("rotaryEmbedding: positions \(start)..<\(start + count) lie outside a table of \(table.positions)")
        }
        return rotaryEmbedding(
            cosines: table.cosines.narrowed(axis: 0, from: start, count: count),
            sines: table.sines.narrowed(axis: 0, from: start, count: count), layout: layout)
    }
}

extension Tensor where Scalar: FloatingTensorScalar {
    fileprivate func rotated(_ cosines: Tensor, _ sines: Tensor, _ layout: RotaryLayout, isInverse: Bool) -> Tensor {
        let isInterleaved = layout == .interleaved
        if let result = rotated(cosines, sines, isInterleaved: isInterleaved, isInverse: isInverse) { return result }
        trap("rotaryEmbedding: the angles' shape \(cosines.shape) does not stretch to \(shape) with half its elements")
    }
}

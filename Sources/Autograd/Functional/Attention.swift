import Tensor

/// Which keys a query sees.
public enum AttentionMask<Scalar: FloatingTensorScalar>: Sendable {
    /// All keys.
    case none
    /// Keys up to the query's own position; with more keys than queries the last query is aligned with the last key.
    case causal
    /// As causal, and at most so many positions back, counting the query's own (sliding window, arXiv 2310.06825).
    case causalWindow(Int)
    /// Where true; broadcast to `[batch, heads, queries, keys]`.
    case allowed(Tensor<Bool>)
    /// Added to the scores; broadcast to `[batch, heads, queries, keys]`.
    case additive(Variable<Scalar>)
}

/// Scaled dot-product attention (arXiv 1706.03762): softmax(Q Kᵀ · scale + mask) V.
///
/// A query that sees no key gives zeros, and gradient zero. With fewer key heads than query heads, key head j serves
/// query heads `j·g ..< (j+1)·g` (grouped-query attention, arXiv 2305.13245), without repeating keys in memory.
///
/// - Parameters:
///   - query: `[batch, heads, queries, dim]`.
///   - key: `[batch, keyHeads, keys, dim]`; `heads` must be a multiple of `keyHeads`.
///   - value: `[batch, keyHeads, keys, valueDim]`.
///   - mask: which keys each query sees.
///   - scale: the factor for the scores; 1/√dim if nil.
/// - Returns: `[batch, heads, queries, valueDim]`.
public func attention<Scalar>(
    query: Variable<Scalar>, key: Variable<Scalar>, value: Variable<Scalar>, mask: AttentionMask<Scalar> = .none,
    scale: Scalar? = nil
) -> Variable<Scalar> {
    guard query.rank == 4, key.rank == 4, value.rank == 4, query.shape[3] == key.shape[3],
        key.shape[2] == value.shape[2], key.shape[1] == value.shape[1], key.shape[1] > 0,
        query.shape[1] % key.shape[1] == 0
    else {
        trap("attention: queries \(query.shape), keys \(key.shape) and values \(value.shape) do not fit together")
    }
    let factor = scale ?? 1 / Scalar(query.shape[3]).squareRoot()
    let (window, allowed): (Int?, Tensor<Bool>?) =
        switch mask {
        case .none: (nil, nil)
        case .causal: (key.shape[2], nil)
        case .causalWindow(let length): (length, nil)
        case .allowed(let seen): (nil, seen)
        case .additive: (nil, nil)
        }
    if case .additive = mask { return composedAttention(query, key, value, mask, factor) }
    let fused: @Sendable () -> FusedAttention<Scalar> = {
        FusedAttention(
            query: query.value, key: key.value, value: value.value, window: window, allowed: allowed, scale: factor)
    }
    let (output, logSum) = fused().forward()
    return Variable.record("attention", output, from: query, key, value) { gradient, pass in
        if pass.recordsGradient {
            sendComposedGradient(gradient, pass[query], pass[key], pass[value], mask, factor, pass)
            return
        }
        let parts = fused().gradients(gradient.value, output: output, logSum: logSum)
        pass.send(to: 0) { Variable(parts.query) }
        pass.send(to: 1) { Variable(parts.key) }
        pass.send(to: 2) { Variable(parts.value) }
    }
}

/// The weights of attention, `[batch, heads, queries, keys]`, formed in memory: softmax(Q Kᵀ · scale + mask); zeros for a
/// query that sees no key.
///
/// Parameters are those of ``attention(query:key:value:mask:scale:)``.
public func attentionWeights<Scalar>(
    query: Variable<Scalar>, key: Variable<Scalar>, mask: AttentionMask<Scalar> = .none, scale: Scalar? = nil
) -> Variable<Scalar> {
    composedWeights(query, key, mask, scale ?? 1 / Scalar(query.shape[3]).squareRoot())
}

/// Attention by its definition.
private func composedAttention<Scalar>(
    _ query: Variable<Scalar>, _ key: Variable<Scalar>, _ value: Variable<Scalar>, _ mask: AttentionMask<Scalar>,
    _ factor: Scalar
) -> Variable<Scalar> {
    let (batch, keyHeads, keys) = (key.shape[0], key.shape[1], key.shape[2])
    let rows = query.shape[1] / keyHeads * query.shape[2]
    let weights = composedWeights(query, key, mask, factor).reshaped([batch, keyHeads, rows, keys])
    return weights.matmul(value).reshaped([batch, query.shape[1], query.shape[2], value.shape[3]])
}

private func composedWeights<Scalar>(
    _ query: Variable<Scalar>, _ key: Variable<Scalar>, _ mask: AttentionMask<Scalar>, _ factor: Scalar
) -> Variable<Scalar> {
    let (batch, heads, queries) = (query.shape[0], query.shape[1], query.shape[2])
    let (keyHeads, keys) = (key.shape[1], key.shape[2])
    let group = heads / keyHeads
    // The heads of a group become more queries of one key head.
    let grouped = (query * factor).reshaped([batch, keyHeads, group * queries, query.shape[3]])
    var scores = grouped.matmul(key.transposed()).reshaped([batch, heads, queries, keys])
    var isHidden: Tensor<Bool>?
    switch mask {
    case .none: break
    case .causal: isHidden = hiddenByCausality(queries, keys, window: nil)
    case .causalWindow(let window): isHidden = hiddenByCausality(queries, keys, window: window)
    case .allowed(let allowed): isHidden = !allowed
    case .additive(let bias): scores = scores + bias
    }
    if let isHidden { scores = scores.replaced(where: isHidden, by: -.infinity) }
    // A row without keys: its softmax is 0/0; give it finite scores and zero weights instead.
    let largest = scores.value.count == 0 ? scores.value : scores.value.maximum(axes: [-1], keepDimensions: true)
    let isEmpty = largest .== -.infinity
    let hasEmptyRows = isEmpty.contains(true)
    if hasEmptyRows { scores = scores.replaced(where: isEmpty, by: 0) }
    var weights = scores.softmax()
    if hasEmptyRows { weights = weights.replaced(where: isEmpty, by: 0) }
    return weights
}

/// ∂V = Pᵀ G, ∂S = P (G Vᵀ - Σ P G Vᵀ), ∂Q = ∂S K · scale, ∂K = ∂Sᵀ Q · scale in differentiable operations.
private func sendComposedGradient<Scalar>(
    _ gradient: Variable<Scalar>, _ query: Variable<Scalar>, _ key: Variable<Scalar>, _ value: Variable<Scalar>,
    _ mask: AttentionMask<Scalar>, _ factor: Scalar, _ pass: BackwardPass<Scalar>
) {
    let (batch, keyHeads, keys) = (key.shape[0], key.shape[1], key.shape[2])
    let rows = keyHeads == 0 ? 0 : query.shape[1] / keyHeads * query.shape[2]
    func grouped(_ x: Variable<Scalar>) -> Variable<Scalar> { x.reshaped([batch, keyHeads, rows, x.shape[3]]) }
    let weights = grouped(composedWeights(query, key, mask, factor))
    let incoming = grouped(gradient)
    pass.send(to: 2) { weights.transposed().matmul(incoming) }
    guard pass.needsGradient(0) || pass.needsGradient(1), keys > 0 else { return }
    let slopes = incoming.matmul(value.transposed())
    let total = (weights * slopes).sum(axes: [-1], keepDimensions: true)
    let scores = weights * (slopes - total) * factor
    pass.send(to: 0) { scores.matmul(key).reshaped(query.shape) }
    pass.send(to: 1) { scores.transposed().matmul(grouped(query)) }
}

private func hiddenByCausality(_ queries: Int, _ keys: Int, window: Int?) -> Tensor<Bool> {
    let shift = keys - queries
    var hidden = Tensor<Bool>(zeros: [queries, keys])
    hidden.withUnsafeMutableBufferPointer { hidden in
        for query in 0..<queries {
            let position = query + shift
            for key in 0..<keys {
                let isFuture = key > position
                let isForgotten = window.map { key <= position - $0 } ?? false
                hidden[query * keys + key] = isFuture || isForgotten
            }
        }
    }
    return hidden
}

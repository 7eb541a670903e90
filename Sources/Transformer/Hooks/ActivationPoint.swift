/// A named place in a model's computation.
///
/// Layers count from 0. `residualPost(L)` is the output of block L before the final norm: transformers' `hidden_states[L + 1]`,
/// whose last entry, however, is after the norm.
public enum ActivationPoint: Sendable, Hashable {
    /// The residual stream before the first block, `[batch, time, hidden]`.
    case embeddings
    /// The residual stream as a block gets it, `[batch, time, hidden]`.
    case residualPre(layer: Int)
    /// The residual stream between a block's two parts, `[batch, time, hidden]`.
    case residualMid(layer: Int)
    /// The residual stream as a block leaves it, `[batch, time, hidden]`.
    case residualPost(layer: Int)
    /// The weights of attention, `[batch, heads, queries, keys]`; only with this point they are formed in memory.
    case attentionPattern(layer: Int)
    /// What each head read, before the heads are joined: `[batch, heads, time, headDimension]` (z).
    case attentionHeadOut(layer: Int)
    /// What attention adds to the residual stream, `[batch, time, hidden]`.
    case attentionOut(layer: Int)
    /// The inner values of a feed-forward part, `[batch, time, intermediate]`.
    case mlpHidden(layer: Int)
    /// What a feed-forward part adds to the residual stream, `[batch, time, hidden]`.
    case mlpOut(layer: Int)
    /// The residual stream after the final norm, `[batch, time, hidden]`.
    case finalNorm
    /// The logits, `[batch, time, vocabulary]`.
    case logits

    /// The layer of the point; nil before the first and after the last.
    var layer: Int? {
        switch self {
        case .embeddings, .finalNorm, .logits: nil
        case .residualPre(let layer), .residualMid(let layer), .residualPost(let layer), .attentionPattern(let layer),
            .attentionHeadOut(let layer), .attentionOut(let layer), .mlpHidden(let layer), .mlpOut(let layer):
            layer
        }
    }
}

import Autograd
import Tensor

/// What the blocks share while tokens go through a model: positions, masks or caches, and hooks.
struct ForwardPass: Sendable {
    /// The angles of the tokens' positions; nil for families with learned positions.
    let angles: RotaryAngles?
    /// What happens to activations on the way; nil if nothing does.
    let hooks: ActivationHooks?
    /// What the tokens see.
    private var scope: Scope

    private enum Scope: Sendable {
        /// Rows of a batch see themselves; one mask for each of the windows that layers have.
        case rows([Int?: AttentionMask<Float>])
        /// The tokens of several sequences lie one after another; each sees its own past.
        case sequences(CachedSequences)
        /// The tokens of several sequences lie one after another; each sees all of its own.
        case ranges([Range<Int>])
    }

    /// A pass over the rows of a batch.
    init(_ batch: TokenBatch, _ configuration: TransformerConfiguration, hooks: ActivationHooks?) {
        hooks?.require(for: configuration)
        angles = configuration.rotary?.angles(
            at: batch.countedPositions, lengths: batch.sequenceLengths, dimensions: configuration.headDimension)
        self.hooks = hooks
        let visibility = AttentionVisibility(batch, isCausal: configuration.family.isCausal)
        var masks: [Int?: AttentionMask<Float>] = [:]
        for window in Set(configuration.windows) { masks[window] = visibility.mask(window: window) }
        scope = .rows(masks)
    }

    /// A pass over new tokens of sequences with a past; their positions, `[1, tokens]`, go on from it.
    ///
    /// - Parameter lengths: how long each sequence is or will be, its past included.
    init(
        _ sequences: CachedSequences, positions: Tensor<Int64>, lengths: [Int],
        _ configuration: TransformerConfiguration, hooks: ActivationHooks?
    ) {
        hooks?.require(for: configuration)
        let ranges = sequences.ranges
        angles = configuration.rotary?.angles(
            at: positions, lengths: zip(ranges, lengths).flatMap { Array(repeating: $1, count: $0.count) },
            dimensions: configuration.headDimension)
        self.hooks = hooks
        scope = .sequences(sequences)
    }

    /// A pass over whole sequences that lie one after another; for encoders.
    init(_ ranges: [Range<Int>], hooks: ActivationHooks?) {
        angles = nil
        self.hooks = hooks
        scope = .ranges(ranges)
    }

    /// The caches with the pass's tokens in them.
    consuming func takeCaches() -> [KVCache] {
        if case .sequences(let sequences) = scope { return sequences.caches }
        return []
    }

    /// The value that the computation goes on with at a point.
    @inline(__always)
    func hooked(_ point: @autoclosure () -> ActivationPoint, _ value: Variable<Float>) -> Variable<Float> {
        guard let hooks else { return value }
        return hooks.apply(point(), to: value)
    }

    /// What the heads read.
    ///
    /// - Parameters:
    ///   - query: `[batch, heads, time, d]`.
    ///   - key: `[batch, keyHeads, time, d]`.
    ///   - value: of the same shape.
    /// - Returns: `[batch, heads, time, d]`.
    mutating func attend(
        _ query: Variable<Float>, _ key: Variable<Float>, _ value: Variable<Float>, layer: Int, window: Int?
    ) -> Variable<Float> {
        switch scope {
        case .rows(let masks):
            return mix(query, key, value, masks[window] ?? .none, layer: layer)
        case .sequences(var sequences):
            // Out of the scope meanwhile, so that the caches are changed in place.
            scope = .rows([:])
            let mask: AttentionMask<Float> = window.map { .causalWindow($0) } ?? .causal
            let parts = sequences.ranges.indices.map { index in
                let range = sequences.ranges[index]
                let (keys, values) = sequences.caches[index].append(
                    key.times(range).value, value.times(range).value, layer: layer)
                return mix(query.times(range), Variable(keys), Variable(values), mask, layer: layer)
            }
            scope = .sequences(sequences)
            return parts.count == 1 ? parts[0] : Variable.concatenated(parts, axis: 2)
        case .ranges(let ranges):
            let parts = ranges.map { mix(query.times($0), key.times($0), value.times($0), .none, layer: layer) }
            return parts.count == 1 ? parts[0] : Variable.concatenated(parts, axis: 2)
        }
    }

    /// Attention; where somebody wants to see its weights, they are formed.
    private func mix(
        _ query: Variable<Float>, _ key: Variable<Float>, _ value: Variable<Float>, _ mask: AttentionMask<Float>,
        layer: Int
    ) -> Variable<Float> {
        guard let hooks, hooks.contains(.attentionPattern(layer: layer)) else {
            return attention(query: query, key: key, value: value, mask: mask)
        }
        let pattern = hooks.apply(
            .attentionPattern(layer: layer), to: attentionWeights(query: query, key: key, mask: mask))
        let group = query.shape[1] / key.shape[1]
        return pattern.matmul(group == 1 ? value : value.repeatInterleaved(group, axis: 1))
    }
}

extension Variable where Scalar == Float {
    /// Some times of `[batch, heads, time, d]`.
    fileprivate func times(_ range: Range<Int>) -> Variable {
        range.count == shape[2] ? self : narrowed(axis: 2, from: range.lowerBound, count: range.count)
    }
}

/// Sequences whose past lies in caches, and where their new tokens lie in a pass.
struct CachedSequences: Sendable {
    var caches: [KVCache]
    let ranges: [Range<Int>]
}

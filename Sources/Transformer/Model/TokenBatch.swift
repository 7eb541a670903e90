import Tensor

/// Sequences of tokens for one pass through a model, and what is known about them.
///
/// ```swift
/// let batch = TokenBatch([[5, 6, 7], [8, 9]], padding: 0, side: .left)   // [2, 3], the second row padded at its start
/// ```
public struct TokenBatch: Sendable {
    /// The tokens, `[batch, time]`.
    public var ids: Tensor<Int64>

    /// True where a token belongs to its sequence, false on padding, `[batch, time]`; nil if there is no padding.
    public var keep: Tensor<Bool>?

    /// The number of each token's document where a row holds several, -1 on padding, `[batch, time]`; attention stays
    /// within equal numbers. Nil if each row is one document.
    public var segments: Tensor<Int32>?

    /// The position of each token, `[batch, time]`; nil to count from the first token of the row that is no padding.
    public var positions: Tensor<Int64>?

    /// The type of each token (BERT), `[batch, time]`; nil for type 0.
    public var types: Tensor<Int64>?

    /// Wraps tokens, `[batch, time]`.
    public init(
        _ ids: Tensor<Int64>, keep: Tensor<Bool>? = nil, segments: Tensor<Int32>? = nil,
        positions: Tensor<Int64>? = nil, types: Tensor<Int64>? = nil
    ) {
        guard ids.rank == 2 else { trap("TokenBatch: the tokens have the shape \(ids.shape), not [batch, time]") }
        let shapes = [keep?.shape, segments?.shape, positions?.shape, types?.shape].compactMap { $0 }
        for shape in shapes where shape != ids.shape {
            trap("TokenBatch: something has the shape \(shape), the tokens have \(ids.shape)")
        }
        self.ids = ids
        self.keep = keep
        self.segments = segments
        self.positions = positions
        self.types = types
    }

    /// One sequence.
    public init(_ ids: [Int]) {
        self.init(Tensor(ids.map(Int64.init), shape: [1, ids.count]))
    }

    /// On which side shorter sequences are filled up.
    public enum Side: Sendable, Hashable {
        /// Before the sequence.
        case left
        /// After it.
        case right
    }

    /// Sequences of any lengths, padded to the longest.
    public init(_ sequences: [[Int]], padding: Int = 0, side: Side = .right) {
        let length = sequences.map(\.count).max() ?? 0
        var ids: [Int64] = []
        var keep: [Bool] = []
        for sequence in sequences {
            let missing = length - sequence.count
            let (before, after) = side == .left ? (missing, 0) : (0, missing)
            ids += repeatElement(Int64(padding), count: before)
            ids += sequence.map(Int64.init)
            ids += repeatElement(Int64(padding), count: after)
            keep += repeatElement(false, count: before)
            keep += repeatElement(true, count: sequence.count)
            keep += repeatElement(false, count: after)
        }
        let shape: TensorShape = [sequences.count, length]
        self.init(Tensor(ids, shape: shape), keep: keep.contains(false) ? Tensor(keep, shape: shape) : nil)
    }

    /// The number of sequences.
    public var count: Int { ids.shape[0] }

    /// The number of tokens in a row.
    public var length: Int { ids.shape[1] }

    /// The positions, counted where they are not given.
    var countedPositions: Tensor<Int64> {
        if let positions { return positions }
        let kept = keep?.array
        var result: [Int64] = []
        result.reserveCapacity(ids.count)
        for row in 0..<count {
            let first = kept.map { $0[row * length..<(row + 1) * length].prefix { !$0 }.count } ?? 0
            for column in 0..<length { result.append(Int64(max(0, column - first))) }
        }
        return Tensor(result, shape: ids.shape)
    }

    /// How long the sequence of each token is, the last position that is no padding and one, `batch · time` numbers:
    /// documents of one row are sequences of their own.
    var sequenceLengths: [Int] {
        let positions = countedPositions.array
        let kept = keep?.array
        let documents = segments?.array
        var result: [Int] = []
        result.reserveCapacity(ids.count)
        for row in 0..<count {
            let places = row * length..<(row + 1) * length
            var longest: [Int32: Int] = [:]
            for place in places where kept?[place] ?? true {
                longest[documents?[place] ?? 0, default: 0] =
                    max(longest[documents?[place] ?? 0] ?? 0, Int(positions[place]) + 1)
            }
            result += places.map { longest[documents?[$0] ?? 0] ?? 0 }
        }
        return result
    }
}

import Tensor

/// The keys and values of a sequence's past, so that each new token costs one pass over itself only.
///
/// A value: a copy is a fork, whose memory is shared until one of the two grows. Layers with a window forget what nobody
/// can see any more.
///
/// ```swift
/// var caches = [KVCache(for: model.configuration)]
/// let first = model.nextTokenLogits(after: [prompt], &caches)   // the prompt
/// var other = caches[0]                                         // two continuations of one prompt
/// other.truncate(to: 10)                                        // take tokens back
/// ```
public struct KVCache: Sendable {
    private var layers: [Layer]

    /// How many tokens a cache has room for is a multiple of this.
    static let growth = 256

    /// Creates an empty cache for a model.
    public init(for configuration: TransformerConfiguration) {
        layers = configuration.windows.map {
            Layer(headCount: configuration.keyHeadCount, width: configuration.headDimension, window: $0)
        }
    }

    private init(layers: [Layer]) { self.layers = layers }

    /// What stands in the place of a cache that is elsewhere.
    static var empty: KVCache { KVCache(layers: []) }

    /// The number of tokens seen.
    public var count: Int { layers.first?.count ?? 0 }

    /// The bytes that keys and values take.
    public var byteCount: Int { layers.reduce(0) { $0 + 2 * $1.keys.count * MemoryLayout<Float>.stride } }

    /// Whether the tokens from a position on can be taken back: layers with a window may have forgotten what came before.
    public func canTruncate(to count: Int) -> Bool { count >= 0 && layers.allSatisfy { $0.canTruncate(to: count) } }

    /// Takes back the tokens from a position on; traps where ``canTruncate(to:)`` is false.
    public mutating func truncate(to count: Int) {
        guard canTruncate(to: count) else {
            trap("KVCache: a cache of \(self.count) tokens with a window cannot go back to \(count)")
        }
        for index in layers.indices where layers[index].count > count { layers[index].truncate(to: count) }
    }

    /// Adds the keys and values of new tokens, `[1, keyHeads, tokens, d]`, to a layer.
    ///
    /// - Returns: what the layer remembers, `[1, keyHeads, remembered, d]`, the new tokens last.
    mutating func append(
        _ keys: Tensor<Float>, _ values: Tensor<Float>, layer: Int
    ) -> (keys: Tensor<Float>, values: Tensor<Float>) {
        layers[layer].append(keys, values)
        return layers[layer].remembered
    }

    /// Adds the key and the value of one new token to a layer, from columns of a row.
    ///
    /// - Returns: where the layer's past lies, until it changes.
    mutating func append(
        keysOf turned: borrowing FloatRows, at keyColumn: Int, valuesOf projected: borrowing FloatRows,
        at valueColumn: Int, row: Int, layer: Int
    ) -> KeyValuePlaces {
        layers[layer].append(
            keysOf: turned, at: keyColumn, valuesOf: projected, at: valueColumn, row: row)
    }
}

/// The past of one layer.
private struct Layer: Sendable {
    /// `[1, keyHeads, capacity, d]`, the oldest token first.
    var keys: Tensor<Float>
    var values: Tensor<Float>
    /// How many tokens have been seen.
    var count = 0
    /// How many of them have been forgotten, the oldest.
    var forgotten = 0
    let window: Int?

    init(headCount: Int, width: Int, window: Int?) {
        keys = Tensor(zeros: [1, headCount, 0, width])
        values = keys
        self.window = window
    }

    private var capacity: Int { keys.shape[2] }
    private var length: Int { count - forgotten }

    var remembered: (keys: Tensor<Float>, values: Tensor<Float>) {
        (keys.narrowed(axis: 2, from: 0, count: length), values.narrowed(axis: 2, from: 0, count: length))
    }

    func canTruncate(to newCount: Int) -> Bool {
        if newCount >= count || forgotten == 0 { return true }
        // The next token sees window - 1 tokens before it.
        return newCount - forgotten >= (window ?? 1) - 1
    }

    mutating func truncate(to newCount: Int) {
        count = newCount
        if count == 0 { forgotten = 0 }
    }

    mutating func append(_ newKeys: Tensor<Float>, _ newValues: Tensor<Float>) {
        let place = makeRoom(for: newKeys.shape[2])
        keys.write(newKeys, at: place)
        values.write(newValues, at: place)
        count += newKeys.shape[2]
    }

    mutating func append(
        keysOf turned: borrowing FloatRows, at keyColumn: Int, valuesOf projected: borrowing FloatRows,
        at valueColumn: Int, row: Int
    ) -> KeyValuePlaces {
        let place = makeRoom(for: 1)
        count += 1
        return KeyValuePlaces(
            writing: place, keys: &keys, values: &values, keysOf: turned, at: keyColumn, valuesOf: projected,
            at: valueColumn, row: row)
    }

    /// Grows, or forgets what nobody sees any more, where there is no room; where new tokens go.
    mutating func makeRoom(for added: Int) -> Int {
        // A new token sees window - 1 tokens before it; older ones may go once there is no room.
        let needed = window.map { min(length, $0 - 1) } ?? length
        if length + added > capacity {
            // With a window some room stays free, so that tokens are not moved for every new one.
            let spare = window == nil ? 0 : KVCache.growth / 2
            let room = max(capacity, needed + added + spare)
            let capacity = (room + KVCache.growth - 1) / KVCache.growth * KVCache.growth
            keys = keys.moved(from: length - needed, count: needed, capacity: capacity)
            values = values.moved(from: length - needed, count: needed, capacity: capacity)
            forgotten = count - needed
        }
        return length
    }
}

extension Tensor where Scalar == Float {
    /// Tokens in a new tensor with room for `capacity`, `[1, heads, capacity, d]`.
    fileprivate func moved(from start: Int, count: Int, capacity: Int) -> Tensor {
        var result = Tensor(zeros: [1, shape[1], capacity, shape[3]])
        if count > 0 { result.write(narrowed(axis: 2, from: start, count: count), at: 0) }
        return result
    }

    /// Writes tokens `[1, heads, tokens, d]` at a place of the third axis.
    fileprivate mutating func write(_ tokens: Tensor, at place: Int) {
        let (heads, capacity, width) = (shape[1], shape[2], shape[3])
        let added = tokens.shape[2]
        withUnsafeMutableBufferPointer { target in
            tokens.withUnsafeBufferPointer { source in
                guard let target = target.baseAddress, let source = source.baseAddress else { return }
                for head in 0..<heads {
                    (target + (head * capacity + place) * width).update(
                        from: source + head * added * width, count: added * width)
                }
            }
        }
    }
}

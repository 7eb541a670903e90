import Tensor

/// Which examples come together in which batch: a value whose ``position`` is its whole state.
///
/// The batches of an epoch are a pure function of the sampler's description and the epoch, so a saved position is
/// enough to go on exactly.
///
/// ```swift
/// var sampler = BatchSampler(count: 10, order: .shuffled(RandomKey(seed: 1)), grouping: .ofSize(4))
/// while let indices = sampler.next() { print(indices) }   // 4, 4 and 2 of 0..<10; then a new epoch begins
/// ```
public struct BatchSampler: Sendable {
    /// In which order an epoch goes through the examples.
    public enum Order: Sendable, Hashable {
        /// As they are.
        case sequential
        /// In a random order that is new in every epoch.
        case shuffled(RandomKey)
        /// As many draws as there are examples, with replacement, with probabilities proportional to the weights.
        case weighted([Double], RandomKey)
    }

    /// How the ordered examples make batches.
    public enum Grouping: Sendable, Hashable {
        /// So many at a time; `droppingLast` leaves out a last batch that is smaller.
        case ofSize(Int, droppingLast: Bool = false)
        /// Examples of similar length, so that little is padded: pools of `poolSize` batches are sorted by length and
        /// the batches then come in random order. A batch grows until it has `size` examples or until padding it to its
        /// longest would take more than `maximumElements`; a longer example is a batch of its own.
        case byLength([Int], size: Int, maximumElements: Int = .max, poolSize: Int = 64, key: RandomKey)
    }

    /// The number of batches that have been drawn, and in which epoch.
    public struct Position: Sendable, Hashable {
        /// The epoch, counted from 0.
        public var epoch: Int
        /// The number of the next batch in it.
        public var batch: Int

        /// Describes a position.
        public init(epoch: Int = 0, batch: Int = 0) {
            self.epoch = epoch
            self.batch = batch
        }
    }

    /// The number of examples.
    public let count: Int
    /// In which order an epoch goes through the examples.
    public let order: Order
    /// How the ordered examples make batches.
    public let grouping: Grouping

    /// Where the next batch is taken from.
    public var position: Position

    /// The batches of one epoch, kept while it lasts.
    private var plan: (epoch: Int, batches: [[Int]])?

    /// Describes a sampler; traps if sizes are not positive or there are not `count` weights or lengths.
    public init(count: Int, order: Order, grouping: Grouping, position: Position = Position()) {
        if case .weighted(let weights, _) = order {
            guard weights.count == count, count == 0 || weights.contains(where: { $0 > 0 }),
                weights.allSatisfy({ $0 >= 0 && $0.isFinite })
            else {
                trap("BatchSampler: \(weights.count) weights for \(count) examples; expected finite, nonnegative ones")
            }
        }
        switch grouping {
        case .ofSize(let size, _):
            guard size > 0 else { trap("BatchSampler: the batch size \(size) is not positive") }
        case .byLength(let lengths, let size, let maximumElements, let poolSize, _):
            guard size > 0, maximumElements > 0, poolSize > 0, lengths.count == count else {
                trap("BatchSampler: \(lengths.count) lengths for \(count) examples in batches of \(size)")
            }
        }
        self.count = count
        self.order = order
        self.grouping = grouping
        self.position = position
    }

    /// The positions of the next batch's examples; nil at the end of an epoch, after which the next one begins.
    public mutating func next() -> [Int]? {
        if plan?.epoch != position.epoch { plan = (position.epoch, batches(inEpoch: position.epoch)) }
        guard let batches = plan?.batches, batches.indices.contains(position.batch) else {
            position = Position(epoch: position.epoch + 1)
            plan = nil
            return nil
        }
        position.batch += 1
        return batches[position.batch - 1]
    }

    /// All batches of an epoch.
    public func batches(inEpoch epoch: Int) -> [[Int]] {
        let examples = examples(inEpoch: epoch)
        switch grouping {
        case .ofSize(let size, let droppingLast):
            let batches = stride(from: 0, to: examples.count, by: size).map {
                Array(examples[$0..<min($0 + size, examples.count)])
            }
            return droppingLast && batches.last.map { $0.count < size } == true ? batches.dropLast() : batches
        case .byLength(let lengths, let size, let maximumElements, let poolSize, let key):
            return stride(from: 0, to: examples.count, by: size * poolSize).enumerated().flatMap { pool, start in
                let members = examples[start..<min(start + size * poolSize, examples.count)]
                var generator = RandomGenerator(key: key.folded(epoch).folded(pool))
                let batches = similar(members, lengths, size, maximumElements)
                return generator.permutation(batches.count).map { batches[$0] }
            }
        }
    }

    private func examples(inEpoch epoch: Int) -> [Int] {
        switch order {
        case .sequential:
            return Array(0..<count)
        case .shuffled(let key):
            var generator = RandomGenerator(key: key.folded(epoch))
            return generator.permutation(count)
        case .weighted(let weights, let key):
            var generator = RandomGenerator(key: key.folded(epoch))
            var total = 0.0
            let sums = weights.map { weight -> Double in
                total += weight
                return total
            }
            return (0..<count).map { _ in firstIndex(in: sums, above: generator.uniform() * total) }
        }
    }

    /// Batches of neighbours in the order of length; equal lengths stay in their order.
    private func similar(_ members: ArraySlice<Int>, _ lengths: [Int], _ size: Int, _ maximumElements: Int) -> [[Int]] {
        let sorted = members.enumerated().sorted { a, b in
            (lengths[a.element], a.offset) < (lengths[b.element], b.offset)
        }
        var batches: [[Int]] = []
        var current: [Int] = []
        for (_, example) in sorted {
            // Sorted upwards, so the newest example is the longest of its batch.
            let padded = (current.count + 1).multipliedReportingOverflow(by: max(lengths[example], 1))
            if !current.isEmpty, current.count == size || padded.overflow || padded.partialValue > maximumElements {
                batches.append(current)
                current = []
            }
            current.append(example)
        }
        return current.isEmpty ? batches : batches + [current]
    }
}

/// The first position whose value is above a number; the last one with a positive step if rounding leaves none.
private func firstIndex(in sums: [Double], above value: Double) -> Int {
    var (low, high) = (0, sums.count)
    while low < high {
        let middle = (low + high) / 2
        if sums[middle] > value { high = middle } else { low = middle + 1 }
    }
    if low < sums.count { return low }
    return sums.firstIndex(of: sums[sums.count - 1]) ?? 0
}

import Tensor

/// Batches of a dataset, one epoch at a time.
///
/// It is a value: a copy goes on by itself, and ``position`` set to a saved one goes on exactly there. Iterating
/// yields the rest of the current epoch; `next()` on a variable moves on to the next epoch after returning nil.
///
/// ```swift
/// var loader = DataLoader(TensorDataset(x, y), batchSize: 32, shuffle: RandomKey(seed: 1))
/// for batch in loader { print(batch.input.shape) }                        // in order, on this thread
/// for batch in loader.prefetched(2) { print(batch.input.shape) }          // made ahead on another thread
/// for try await (batch, position) in loader.asynchronous(prefetch: 2) {}  // made ahead in tasks
/// ```
public struct DataLoader<Batch: Sendable, Failure: Error>: Sendable {
    /// Which examples come together.
    public private(set) var sampler: BatchSampler

    let makeBatch: @Sendable ([Int]) throws(Failure) -> Batch

    /// Creates a loader from a sampler and a function that makes a batch of the examples at some positions.
    public init(
        sampler: BatchSampler, makeBatch: @escaping @Sendable (_ indices: [Int]) throws(Failure) -> Batch
    ) {
        self.sampler = sampler
        self.makeBatch = makeBatch
    }

    /// Creates a loader that collates the examples of a dataset.
    public init<Source: Dataset>(
        _ dataset: Source, sampler: BatchSampler, collate: @escaping @Sendable ([Source.Element]) -> Batch
    ) where Source.Failure == Failure {
        guard sampler.count == dataset.count else {
            trap("DataLoader: the sampler is for \(sampler.count) examples, the dataset has \(dataset.count)")
        }
        self.init(sampler: sampler) { (indices: [Int]) throws(Failure) -> Batch in
            var elements: [Source.Element] = []
            elements.reserveCapacity(indices.count)
            for index in indices { elements.append(try dataset.element(at: index)) }
            return collate(elements)
        }
    }

    /// Creates a loader with batches of one size.
    ///
    /// - Parameters:
    ///   - dataset: where the examples come from.
    ///   - batchSize: the number of examples in a batch.
    ///   - shuffle: the key of the random order, or nil to go through the examples as they are.
    ///   - dropLast: whether to leave out a last batch that is smaller.
    ///   - collate: makes a batch of its examples.
    public init<Source: Dataset>(
        _ dataset: Source, batchSize: Int, shuffle: RandomKey? = nil, dropLast: Bool = false,
        collate: @escaping @Sendable ([Source.Element]) -> Batch
    ) where Source.Failure == Failure {
        let sampler = BatchSampler(
            count: dataset.count, order: shuffle.map { .shuffled($0) } ?? .sequential,
            grouping: .ofSize(batchSize, droppingLast: dropLast))
        self.init(dataset, sampler: sampler, collate: collate)
    }

    /// Where the next batch comes from; save it to go on exactly there.
    public var position: BatchSampler.Position {
        get { sampler.position }
        set { sampler.position = newValue }
    }

    /// The number of batches in the current epoch.
    public var batchesPerEpoch: Int { sampler.batches(inEpoch: position.epoch).count }

    /// The next batch; nil at the end of an epoch, after which the next one begins. A batch that could not be made is
    /// tried again by the next call.
    public mutating func nextBatch() throws(Failure) -> Batch? {
        let before = position
        guard let indices = sampler.next() else { return nil }
        do {
            return try makeBatch(indices)
        } catch {
            sampler.position = before
            throw error
        }
    }
}

extension DataLoader where Failure == Never {
    /// Creates a loader of rows of tensors, with batches of one size.
    public init<Input, Target>(
        _ dataset: TensorDataset<Input, Target>, batchSize: Int, shuffle: RandomKey? = nil, dropLast: Bool = false
    ) where Batch == TensorDataset<Input, Target>.Batch {
        let sampler = BatchSampler(
            count: dataset.count, order: shuffle.map { .shuffled($0) } ?? .sequential,
            grouping: .ofSize(batchSize, droppingLast: dropLast))
        self.init(sampler: sampler) { dataset.batch(at: $0) }
    }
}

extension DataLoader: Sequence, IteratorProtocol where Failure == Never {
    /// The next batch; nil at the end of an epoch.
    public mutating func next() -> Batch? { nextBatch() }
}

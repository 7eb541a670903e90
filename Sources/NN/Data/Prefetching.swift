import Glibc
import Tensor

/// Batches made ahead on another thread, in order.
///
/// Ends with the epoch; what was made ahead and not taken is made again by whoever goes on from ``position``.
public struct PrefetchedBatches<Batch: Sendable, Failure: Error>: Sendable {
    private let queue: BatchQueue<Batch, Failure>

    /// Where the batch after the one taken last comes from.
    public private(set) var position: BatchSampler.Position

    fileprivate init(_ loader: DataLoader<Batch, Failure>, depth: Int) {
        position = loader.position
        queue = BatchQueue(depth: depth)
        queue.start(loader)
    }

    /// The next batch; nil at the end of the epoch.
    public mutating func nextBatch() throws(Failure) -> Batch? {
        guard let item = queue.take() else { return nil }
        position = item.position
        return try item.result.get()
    }
}

extension PrefetchedBatches: Sequence, IteratorProtocol where Failure == Never {
    /// The next batch; nil at the end of the epoch.
    public mutating func next() -> Batch? { nextBatch() }
}

/// Batches made ahead in tasks, in order, each with the position after it, from which a run can resume.
///
/// Throws `CancellationError` when the consuming task is cancelled.
public struct AsynchronousBatches<Batch: Sendable, Failure: Error>: AsyncSequence, Sendable {
    /// A batch and where the next one comes from.
    public typealias Element = (batch: Batch, position: BatchSampler.Position)

    let loader: DataLoader<Batch, Failure>
    let depth: Int

    /// Starts making batches.
    public func makeAsyncIterator() -> Iterator { Iterator(sampler: loader.sampler, loader: loader, depth: depth) }

    /// Makes batches ahead.
    public struct Iterator: AsyncIteratorProtocol {
        var sampler: BatchSampler
        let loader: DataLoader<Batch, Failure>
        let depth: Int
        private let pending = PendingTasks<Batch>()
        private var positions: ArraySlice<BatchSampler.Position> = []
        private var isAtEnd = false

        init(sampler: BatchSampler, loader: DataLoader<Batch, Failure>, depth: Int) {
            self.sampler = sampler
            self.loader = loader
            self.depth = depth
        }

        /// The next batch, or nil at the end of the epoch.
        public mutating func next() async throws -> Element? {
            try Task.checkCancellation()
            while !isAtEnd, pending.tasks.count <= depth {
                guard let indices = sampler.next() else {
                    isAtEnd = true
                    break
                }
                let makeBatch = loader.makeBatch
                positions.append(sampler.position)
                pending.tasks.append(Task.detached { try makeBatch(indices) })
            }
            guard let task = pending.tasks.popFirst(), let position = positions.popFirst() else { return nil }
            let batch = try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
            try Task.checkCancellation()
            return (batch, position)
        }
    }

    /// The tasks of one iterator, cancelled when it goes away.
    private final class PendingTasks<Value: Sendable> {
        var tasks: ArraySlice<Task<Value, any Error>> = []

        deinit { for task in tasks { task.cancel() } }
    }
}

extension DataLoader {
    /// The rest of the epoch, with up to `depth` batches made ahead on another thread.
    public func prefetched(_ depth: Int) -> PrefetchedBatches<Batch, Failure> {
        PrefetchedBatches(self, depth: Swift.max(depth, 1))
    }

    /// The rest of the epoch, with up to `depth` batches being made ahead in tasks.
    public func asynchronous(prefetch depth: Int = 1) -> AsynchronousBatches<Batch, Failure> {
        AsynchronousBatches(loader: self, depth: Swift.max(depth, 0))
    }
}

/// A bounded queue between the thread that makes batches and the one that takes them.
///
/// `@unchecked Sendable`: `items`, `isFinished` and `isAbandoned` are read and written only under `mutex`.
private final class BatchQueueState<Item: Sendable>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var items: ArraySlice<Item> = []
    private var isFinished = false
    private var isAbandoned = false
    private let depth: Int

    init(depth: Int) {
        self.depth = depth
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// Waits for room; false if nobody wants the items any more.
    func put(_ item: Item) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while items.count >= depth, !isAbandoned { pthread_cond_wait(changed, mutex) }
        if isAbandoned { return false }
        items.append(item)
        pthread_cond_broadcast(changed)
        return true
    }

    /// Waits for an item; nil after the last one.
    func take() -> Item? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while items.isEmpty, !isFinished { pthread_cond_wait(changed, mutex) }
        let item = items.popFirst()
        pthread_cond_broadcast(changed)
        return item
    }

    func end(_ flag: ReferenceWritableKeyPath<BatchQueueState, Bool>) {
        pthread_mutex_lock(mutex)
        self[keyPath: flag] = true
        pthread_cond_broadcast(changed)
        pthread_mutex_unlock(mutex)
    }

    func finish() { end(\.isFinished) }
    func abandon() { end(\.isAbandoned) }
}

/// The consumer's end of the queue: when it goes away, the producing thread stops.
private final class BatchQueue<Batch: Sendable, Failure: Error>: Sendable {
    struct Item: Sendable {
        let result: Result<Batch, Failure>
        let position: BatchSampler.Position
    }

    private let state: BatchQueueState<Item>

    init(depth: Int) { state = BatchQueueState(depth: depth) }

    deinit { state.abandon() }

    func take() -> Item? { state.take() }

    func start(_ loader: DataLoader<Batch, Failure>) {
        let work = ThreadWork { [state] in
            var loader = loader
            while true {
                let result = Result { () throws(Failure) -> Batch? in try loader.nextBatch() }
                switch result {
                case .success(nil):
                    state.finish()
                    return
                case .success(let batch?):
                    if !state.put(Item(result: .success(batch), position: loader.position)) { return }
                case .failure(let error):
                    _ = state.put(Item(result: .failure(error), position: loader.position))
                    state.finish()
                    return
                }
            }
        }
        var thread = pthread_t()
        let context = Unmanaged.passRetained(work).toOpaque()
        let failure = pthread_create(
            &thread, nil,
            { context in
                Unmanaged<ThreadWork>.fromOpaque(context!).takeRetainedValue().body()
                return nil
            }, context)
        if failure == 0 {
            pthread_detach(thread)
        } else {
            Unmanaged<ThreadWork>.fromOpaque(context).release()
            trap("cannot start a thread to prefetch batches: \(String(cString: strerror(failure)))")
        }
    }
}

/// What a thread runs.
private final class ThreadWork: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

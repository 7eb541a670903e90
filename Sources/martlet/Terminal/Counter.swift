import Synchronization

/// Counts from several threads.
final class Counter: Sendable {
    private let value = Atomic(0)

    /// The number of calls so far, this one included.
    func next() -> Int { value.add(1, ordering: .relaxed).newValue }

    func reset() { value.store(0, ordering: .relaxed) }
}

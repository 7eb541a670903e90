import Synchronization

/// A request to stop that a long-running call checks between its steps.
///
/// It works from anywhere, also from a signal handler's thread, and for code that runs in no `Task`.
public final class Cancellation: Sendable {
    private let flag = Atomic<Bool>(false)

    /// A token that nobody has cancelled yet.
    public init() {}

    /// Asks the call to stop; it cannot be taken back.
    public func cancel() {
        flag.store(true, ordering: .releasing)
    }

    /// Whether someone has asked to stop.
    public var isCancelled: Bool {
        flag.load(ordering: .acquiring)
    }

    /// Throws `CancellationError` if this token or the current task has been cancelled.
    public func check() throws(CancellationError) {
        if isCancelled || Task.isCancelled { throw CancellationError() }
    }
}

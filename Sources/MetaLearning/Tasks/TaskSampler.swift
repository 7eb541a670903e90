import Tensor

/// A stream of tasks that is a pure function of the position: it restarts anywhere, and any thread can make any task.
///
/// ```swift
/// let tasks = Sinusoids<Float>(shots: 10, queries: 10, key: RandomKey(seed: 1))
/// let task = try tasks.task(at: 41)
/// ```
public protocol TaskSampler<Scalar>: Sendable {
    /// The element type of the tasks.
    associatedtype Scalar: FloatingTensorScalar

    /// Where the tasks come from; a checkpoint holds it, so that a run goes on with the same stream.
    var key: RandomKey { get }

    /// The task at a position of the stream, always the same.
    func task(at index: Int) throws(MetaLearningError) -> MetaTask<Scalar>
}

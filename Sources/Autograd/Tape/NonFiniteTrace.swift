import Synchronization
import Tensor

/// The first operation that produced NaN or infinity.
public struct NonFiniteOrigin: Error, Sendable, CustomStringConvertible {
    /// The operation's name.
    public let operation: String
    /// Whether its gradient, rather than its result, was not finite.
    public let isGradient: Bool
    /// The shape of the tensor.
    public let shape: TensorShape
    /// The row-major position of the first bad element.
    public let position: Int
    /// The first bad element.
    public let value: Double

    /// What happened, in one sentence.
    public var description: String {
        let what = isGradient ? "the gradient that reached" : "the result of"
        return "\(what) \"\(operation)\", of shape \(shape), is \(value) at element \(position)"
    }
}

/// Calls a function and finds the first operation in it, forward or backward, whose result is NaN or infinite.
///
/// Every operation on variables in the same task is checked, which takes time: use it to look for an error.
///
/// - Throws: what `body` throws.
/// - Returns: the function's result, and the origin of the first bad value or nil.
public func tracingNonFinite<Result>(_ body: () throws -> Result) rethrows -> (Result, NonFiniteOrigin?) {
    let trace = NonFiniteTrace()
    NonFiniteTrace.activeCount.add(1, ordering: .relaxed)
    defer { NonFiniteTrace.activeCount.subtract(1, ordering: .relaxed) }
    let result = try NonFiniteTrace.$current.withValue(trace) { try body() }
    return (result, trace.origin.withLock { $0 })
}

/// Keeps the first bad value that a traced function meets.
final class NonFiniteTrace: Sendable {
    let origin = Mutex<NonFiniteOrigin?>(nil)

    @TaskLocal static var current: NonFiniteTrace?

    /// How many functions are being traced in the process: the common answer, none, costs one load.
    static let activeCount = Atomic<Int>(0)

    @inline(__always)
    static var isActive: Bool { activeCount.load(ordering: .relaxed) > 0 }

    static func inspect<Scalar: FloatingTensorScalar>(
        _ tensor: Tensor<Scalar>, operation: StaticString, isGradient: Bool
    ) {
        guard let trace = current else { return }
        let bad: (Int, Scalar)? = tensor.withUnsafeBufferPointer { elements in
            elements.firstIndex { !$0.isFinite }.map { ($0, elements[$0]) }
        }
        guard let (position, value) = bad else { return }
        trace.origin.withLock {
            if $0 == nil {
                $0 = NonFiniteOrigin(
                    operation: "\(operation)", isGradient: isGradient, shape: tensor.shape, position: position,
                    value: value.doubleValue)
            }
        }
    }
}

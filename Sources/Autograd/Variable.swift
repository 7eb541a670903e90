import Tensor

/// A tensor that can be differentiated.
///
/// A variable that no transform watches is just its value: operations on it record nothing. Inside ``gradient(at:_:)``
/// and its relatives the inputs are watched, and every operation that depends on them leaves a node that knows its
/// derivative. Derivatives are written in operations on variables, so they can be differentiated again.
///
/// ```swift
/// let x = Variable(Tensor<Float>([1, 2, 3]))
/// let slope = gradient(at: x) { x in (x * x).sum() }        // [2, 4, 6]
/// ```
public struct Variable<Scalar: FloatingTensorScalar>: Sendable {
    /// The data.
    public internal(set) var value: Tensor<Scalar>

    /// The record of how the value came about; nil for a constant.
    var node: Node<Scalar>?

    /// Creates a constant from a tensor.
    public init(_ value: Tensor<Scalar>) {
        self.value = value
    }

    /// Creates a constant of rank 0.
    public init(_ value: Scalar) {
        self.value = Tensor(value)
    }

    init(_ value: Tensor<Scalar>, node: Node<Scalar>?) {
        self.value = value
        self.node = node
    }

    /// The extents of the axes.
    public var shape: TensorShape { value.shape }

    /// The number of axes.
    public var rank: Int { value.rank }

    /// The number of elements.
    public var count: Int { value.count }

    /// The only element of a value that has one.
    public var scalar: Scalar { value.scalar }

    /// Whether a transform watches the value, so that operations on it are recorded.
    public var isTracked: Bool { node != nil }

    /// Changes the data in place where nobody else holds it, as an optimiser does. The variable becomes a constant.
    public mutating func update(_ change: (inout Tensor<Scalar>) -> Void) {
        node = nil
        change(&value)
    }

    /// The same value as a constant: no gradient flows through it.
    public func detached() -> Variable { Variable(value) }
}

extension Variable: CustomStringConvertible {
    /// The value's description.
    public var description: String { String(describing: value) }
}

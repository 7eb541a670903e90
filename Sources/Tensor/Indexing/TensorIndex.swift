/// One entry of a subscript: which positions of an axis, or of several, to take.
///
/// Integers, ranges, `Tensor<Int32>`, `Tensor<Int64>` and `Tensor<Bool>` become entries by themselves.
///
/// ```swift
/// a[0]                                    // the first position of axis 0
/// a[.ellipsis, -1]                        // the last position of the last axis
/// a[1..., .strided(by: 2)]                 // rows from 1 on, every second column
/// a[.all, .newAxis]                       // [m, n] becomes [m, 1, n]
/// a[ids]                                  // the rows that a tensor of indices names
/// a[a .> 0]                               // the positive elements
/// ```
public enum TensorIndex: Sendable {
    /// One position, whose axis disappears; negative positions count from the end.
    case position(Int)
    /// Every `step`-th position from `from` up to but not including `to`; nil stands for the end in step's direction.
    case slice(from: Int?, to: Int?, step: Int)
    /// A new axis of extent 1.
    case addedAxis
    /// As many whole axes as the other entries leave over.
    case remainingAxes
    /// The positions that a tensor names; negative ones count from the end.
    case indices(Tensor<Int64>)
    /// The positions at which a mask is true; takes as many axes as the mask has.
    case mask(Tensor<Bool>)
}

/// A type whose values can stand in a tensor's subscript.
public protocol TensorIndexing: Sendable {
    /// The value as a subscript entry.
    var tensorIndex: TensorIndex { get }
}

extension TensorIndex: TensorIndexing {
    /// The entry itself.
    public var tensorIndex: TensorIndex { self }
}

extension TensorIndexing where Self == TensorIndex {
    /// All positions of an axis.
    public static var all: TensorIndex { .slice(from: nil, to: nil, step: 1) }

    /// As many whole axes as the other entries leave over.
    public static var ellipsis: TensorIndex { .remainingAxes }

    /// A new axis of extent 1.
    public static var newAxis: TensorIndex { .addedAxis }

    /// Every `step`-th position from `start` up to but not including `end`; a negative step walks backwards.
    ///
    /// Negative bounds count from the end; a missing bound stands for the end of the axis in the step's direction.
    public static func strided(from start: Int? = nil, to end: Int? = nil, by step: Int) -> TensorIndex {
        .slice(from: start, to: end, step: step)
    }
}

extension Int: TensorIndexing {
    /// One position.
    public var tensorIndex: TensorIndex { .position(self) }
}

extension Range<Int>: TensorIndexing {
    /// The positions of the range.
    public var tensorIndex: TensorIndex { .slice(from: lowerBound, to: upperBound, step: 1) }
}

extension ClosedRange<Int>: TensorIndexing {
    /// The positions of the range.
    public var tensorIndex: TensorIndex {
        // -1 + 1 would be 0, the start: the last position has no bound behind it.
        .slice(from: lowerBound, to: upperBound == -1 ? nil : upperBound + 1, step: 1)
    }
}

extension PartialRangeFrom<Int>: TensorIndexing {
    /// The positions from the bound on.
    public var tensorIndex: TensorIndex { .slice(from: lowerBound, to: nil, step: 1) }
}

extension PartialRangeUpTo<Int>: TensorIndexing {
    /// The positions before the bound.
    public var tensorIndex: TensorIndex { .slice(from: nil, to: upperBound, step: 1) }
}

extension PartialRangeThrough<Int>: TensorIndexing {
    /// The positions up to the bound.
    public var tensorIndex: TensorIndex { .slice(from: nil, to: upperBound == -1 ? nil : upperBound + 1, step: 1) }
}

/// An element type whose tensors can index other tensors.
public protocol IndexTensorScalar: TensorScalar {
    /// A tensor of this type as a subscript entry.
    static func tensorIndex(_ tensor: Tensor<Self>) -> TensorIndex
}

extension Int32: IndexTensorScalar {
    /// Positions along one axis.
    public static func tensorIndex(_ tensor: Tensor<Int32>) -> TensorIndex { .indices(Tensor<Int64>(tensor)) }
}

extension Int64: IndexTensorScalar {
    /// Positions along one axis.
    public static func tensorIndex(_ tensor: Tensor<Int64>) -> TensorIndex { .indices(tensor) }
}

extension Bool: IndexTensorScalar {
    /// A mask over as many axes as the tensor has.
    public static func tensorIndex(_ tensor: Tensor<Bool>) -> TensorIndex { .mask(tensor) }
}

extension Tensor: TensorIndexing where Scalar: IndexTensorScalar {
    /// The tensor's positions, or its mask.
    public var tensorIndex: TensorIndex { Scalar.tensorIndex(self) }
}

import Autograd
import Tensor

/// The largest element of every window of signals `[..., channels, length]`, as a layer without parameters.
public struct MaxPool1d<Scalar: FloatingTensorScalar>: Layer {
    /// How the windows move.
    public var geometry: PoolingGeometry

    /// Creates a layer.
    public init(_ geometry: PoolingGeometry) { self.geometry = geometry }

    /// `[..., channels, length]` to `[..., channels, windows]`.
    public func callAsFunction(_ x: Variable<Scalar>) -> Variable<Scalar> { x.maxPool1d(geometry) }

    /// Visits nothing.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {}
}

/// The largest element of every window of planes `[..., channels, height, width]`, as a layer without parameters.
public struct MaxPool2d<Scalar: FloatingTensorScalar>: Layer {
    /// How the windows move.
    public var geometry: PoolingGeometry

    /// Creates a layer.
    public init(_ geometry: PoolingGeometry) { self.geometry = geometry }

    /// `[..., channels, height, width]` to `[..., channels, rows, columns]`.
    public func callAsFunction(_ x: Variable<Scalar>) -> Variable<Scalar> { x.maxPool2d(geometry) }

    /// Visits nothing.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {}
}

/// The mean of every window of signals `[..., channels, length]`, as a layer without parameters.
public struct AveragePool1d<Scalar: FloatingTensorScalar>: Layer {
    /// How the windows move.
    public var geometry: PoolingGeometry

    /// Whether positions in the padding count as zeros, or not at all.
    public var countsPadding: Bool

    /// Creates a layer.
    public init(_ geometry: PoolingGeometry, countsPadding: Bool = true) {
        self.geometry = geometry
        self.countsPadding = countsPadding
    }

    /// `[..., channels, length]` to `[..., channels, windows]`.
    public func callAsFunction(_ x: Variable<Scalar>) -> Variable<Scalar> {
        x.averagePool1d(geometry, countsPadding: countsPadding)
    }

    /// Visits nothing.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {}
}

/// The mean of every window of planes `[..., channels, height, width]`, as a layer without parameters.
public struct AveragePool2d<Scalar: FloatingTensorScalar>: Layer {
    /// How the windows move.
    public var geometry: PoolingGeometry

    /// Whether positions in the padding count as zeros, or not at all.
    public var countsPadding: Bool

    /// Creates a layer.
    public init(_ geometry: PoolingGeometry, countsPadding: Bool = true) {
        self.geometry = geometry
        self.countsPadding = countsPadding
    }

    /// `[..., channels, height, width]` to `[..., channels, rows, columns]`.
    public func callAsFunction(_ x: Variable<Scalar>) -> Variable<Scalar> {
        x.averagePool2d(geometry, countsPadding: countsPadding)
    }

    /// Visits nothing.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {}
}

/// The means of a given number of bins that cover the last axes, as a layer without parameters.
public struct AdaptiveAveragePool<Scalar: FloatingTensorScalar>: Layer {
    /// `[length]` bins of signals or `[rows, columns]` bins of planes.
    public var bins: TensorShape

    /// Creates a layer.
    public init(_ bins: TensorShape) { self.bins = bins }

    /// `[..., channels, length]` or `[..., channels, height, width]` to the leading axes, then the bins.
    public func callAsFunction(_ x: Variable<Scalar>) -> Variable<Scalar> { x.adaptiveAveragePool(bins) }

    /// Visits nothing.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {}
}

/// All axes from one on merged into one, as a layer without parameters.
public struct Flatten<Scalar: FloatingTensorScalar>: Layer {
    /// The first axis to merge.
    public var start: Int

    /// Creates a layer that keeps the axes in front of `start`: by default the batch.
    public init(from start: Int = 1) { self.start = start }

    /// `[batch, ...]` to `[batch, elements]`.
    public func callAsFunction(_ x: Variable<Scalar>) -> Variable<Scalar> {
        x.flattened(axes: start, through: x.rank - 1)
    }

    /// Visits nothing.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {}
}

import Autograd
import Tensor

/// A matrix of weights: numbers that can be trained, or quantised ones.
///
/// Quantised weights are constants: gradients flow through products with them, not into them.
public struct WeightMatrix: Parameterized {
    /// The trainable matrix; nil if the weights are packed.
    public var dense: Variable<Float>?
    /// The quantised matrix; nil if the weights are dense.
    public let packed: QuantizedMatrix?

    /// Whether products with quantised weights keep activations in float32 instead of rounding them to integers.
    public var isExact = false

    /// Wraps a trainable matrix.
    public init(_ dense: Variable<Float>) {
        self.dense = dense
        packed = nil
    }

    /// Wraps quantised weights.
    public init(_ packed: QuantizedMatrix, isExact: Bool = false) {
        dense = nil
        self.packed = packed
        self.isExact = isExact
    }

    /// Rows and columns.
    public var shape: TensorShape { dense?.shape ?? packed.map { [$0.rowCount, $0.columnCount] } ?? [] }

    /// All weights as numbers.
    public var values: Tensor<Float> { dense?.value ?? packed?.dequantized() ?? Tensor(zeros: []) }

    /// x Wᵀ + b: `[..., columns]` to `[..., rows]`.
    func product(_ x: Variable<Float>, bias: Variable<Float>? = nil) -> Variable<Float> {
        if let dense { return x.linear(dense, bias: bias) }
        guard let packed else { return x }
        return x.linear(packed, bias: bias, isExact: isExact)
    }

    /// The rows of ids `[batch, time]`, `[batch, time, columns]`.
    func rows(_ ids: Tensor<Int64>) -> Variable<Float> {
        if let dense { return dense.rows(ids) }
        guard let packed else { return Variable(Tensor(zeros: [])) }
        return Variable(packed.rows(ids))
    }

    /// Visits the matrix, without a name of its own, unless it is packed.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Float>) {
        visitor.visit("", &dense)
    }
}

import Autograd
import Tensor

/// A matrix of weights: numbers that can be trained, or blocks as they lie in a file.
///
/// Blocks stay quantised in memory and are constants: gradients flow through products with them, not into them.
public struct WeightMatrix: Parameterized {
    /// The trainable matrix; nil if the weights are packed.
    public var dense: Variable<Float>?
    /// The blocks; nil if the weights are dense.
    public let packed: QuantizedTensor?

    /// Wraps a trainable matrix.
    public init(_ dense: Variable<Float>) {
        self.dense = dense
        packed = nil
    }

    /// Wraps blocks.
    public init(_ packed: QuantizedTensor) {
        dense = nil
        self.packed = packed
    }

    /// Rows and columns.
    public var shape: TensorShape { dense?.shape ?? packed?.shape ?? [] }

    /// All weights as numbers.
    public var values: Tensor<Float> { dense?.value ?? packed?.dequantized() ?? Tensor(zeros: []) }

    /// x Wᵀ + b: `[..., columns]` to `[..., rows]`.
    func product(_ x: Variable<Float>, bias: Variable<Float>? = nil) -> Variable<Float> {
        if let dense { return x.linear(dense, bias: bias) }
        guard let packed else { return x }
        let result = x.packedLinear(packed)
        return bias.map { result + $0 } ?? result
    }

    /// The rows of ids `[batch, time]`, `[batch, time, columns]`.
    func rows(_ ids: Tensor<Int64>) -> Variable<Float> {
        if let dense { return dense.rows(ids) }
        guard let packed else { return Variable(Tensor(zeros: [])) }
        let rows = ids.array.map { packed.dequantized(rows: Int($0)..<Int($0) + 1) }
        let shape = Array(ids.shape) + [packed.columnCount]
        return Variable(rows.isEmpty ? Tensor(zeros: TensorShape(shape)) : Tensor.concatenated(rows).reshaped(shape))
    }

    /// Visits the matrix, without a name of its own, unless it is packed.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Float>) {
        visitor.visit("", &dense)
    }
}

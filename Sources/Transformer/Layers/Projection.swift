import Autograd
import Tensor

/// An affine map of the last axis whose weights may be trained, quantised, or adapted by two thin matrices.
public struct Projection: Parameterized {
    /// `[out, in]`, or `[in, out]` where ``inputsFirst`` says so.
    public var weight: WeightMatrix

    /// `[out]`, or nil.
    public var bias: Variable<Float>?

    /// Whether the weight lies as `[in, out]`, as GPT-2's files have it.
    public let inputsFirst: Bool

    /// What is added to the map, if anything. It is no parameter of the model: it belongs to ``LowRankAdapters``.
    public var adapter: LowRankAdapter?

    /// Creates a map.
    public init(weight: WeightMatrix, bias: Variable<Float>? = nil, inputsFirst: Bool = false) {
        self.weight = weight
        self.bias = bias
        self.inputsFirst = inputsFirst
    }

    /// Takes a map's weights from a file, or new ones.
    init(
        _ path: String, inputs: Int, outputs: Int, hasBias: Bool, inputsFirst: Bool = false,
        isResidual: Bool = false, from source: inout some WeightSource
    ) {
        let shape: TensorShape = inputsFirst ? [inputs, outputs] : [outputs, inputs]
        weight = source.matrix(path + ".weight", shape, isResidual: isResidual)
        bias = hasBias ? source.vector(path + ".bias", count: outputs, start: 0) : nil
        self.inputsFirst = inputsFirst
    }

    /// The number of inputs.
    public var inputs: Int { weight.shape[inputsFirst ? 0 : 1] }

    /// The number of outputs.
    public var outputs: Int { weight.shape[inputsFirst ? 1 : 0] }

    /// `[..., in]` to `[..., out]`.
    public func callAsFunction(_ x: Variable<Float>) -> Variable<Float> {
        let result: Variable<Float>
        if inputsFirst, let dense = weight.dense {
            result = x.linear(dense.transposed(), bias: bias)
        } else {
            result = weight.product(x, bias: bias)
        }
        return adapter.map { result + $0(x) } ?? result
    }

    /// Visits `weight`, unless it is packed, and `bias`.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Float>) {
        visitor.visit("weight", &weight)
        visitor.visit("bias", &bias)
    }
}

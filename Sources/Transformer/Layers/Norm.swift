import Autograd
import Tensor

/// The norm of a block: an RMS norm, or a layer norm with a bias.
public struct Norm: Parameterized {
    /// `[features]`.
    public var weight: Variable<Float>

    /// `[features]`; nil for an RMS norm.
    public var bias: Variable<Float>?

    /// What is added to the variance or the mean square.
    public let epsilon: Float

    /// Takes a norm's weights from a file, or new ones.
    init(_ path: String, count: Int, _ configuration: TransformerConfiguration, from source: inout some WeightSource) {
        weight = source.vector(path + ".weight", count: count, start: 1)
        bias = configuration.family.usesRMSNorm ? nil : source.vector(path + ".bias", count: count, start: 0)
        epsilon = Float(configuration.normEpsilon)
    }

    /// `[..., features]` to the same shape.
    public func callAsFunction(_ x: Variable<Float>) -> Variable<Float> {
        if let bias { return x.layerNorm(weight: weight, bias: bias, epsilon: epsilon) }
        return x.rmsNorm(weight: weight, epsilon: epsilon)
    }

    /// Visits `weight` and `bias`.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Float>) {
        visitor.visit("weight", &weight)
        visitor.visit("bias", &bias)
    }
}

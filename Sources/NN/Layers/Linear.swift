import Autograd
import Tensor

/// An affine map of the last axis: y = x Wᵀ + b.
///
/// ```swift
/// let layer = Linear<Float>(4, 2, key: RandomKey(seed: 1))
/// layer(Variable(Tensor(ones: [3, 4]))).shape      // [3, 2]
/// ```
public struct Linear<Scalar: FloatingTensorScalar>: Layer {
    /// `[out, in]`.
    public var weight: Variable<Scalar>

    /// `[out]`, or nil.
    public var bias: Variable<Scalar>?

    /// Creates a layer from given parameters: a weight `[out, in]` and a bias `[out]`.
    public init(weight: Variable<Scalar>, bias: Variable<Scalar>? = nil) {
        self.weight = weight
        self.bias = bias
    }

    /// Creates a layer with drawn weights; the bias is uniform in ±1/√in, as PyTorch's.
    public init(
        _ inputs: Int, _ outputs: Int, hasBias: Bool = true, initializer: Initializer = .standard, key: RandomKey
    ) {
        let keys = key.split(2)
        weight = Variable(initializer([outputs, inputs], key: keys[0]))
        if hasBias {
            let bound = 1 / Double(max(inputs, 1)).squareRoot()
            bias = Variable(Initializer.uniform(bound: bound)([outputs], key: keys[1]))
        }
    }

    /// `[..., in]` to `[..., out]`.
    ///
    /// Where the weight is `[tasks, out, in]` and the bias `[tasks, out]`, each task has a map of its own:
    /// `[tasks, n, in]` to `[tasks, n, out]`.
    public func callAsFunction(_ x: Variable<Scalar>) -> Variable<Scalar> {
        if weight.rank == 3 {
            let product = x.matmul(weight.transposed())
            return bias.map { product + $0.unsqueezed(1) } ?? product
        }
        return x.linear(weight, bias: bias)
    }

    /// Visits `weight` and `bias`.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {
        visitor.visit("weight", &weight)
        visitor.visit("bias", &bias)
    }
}

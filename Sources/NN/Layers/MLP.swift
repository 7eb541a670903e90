import Autograd
import Tensor

/// A multilayer perceptron: affine layers with a non-linearity, and optionally dropout, after each but the last.
///
/// ```swift
/// let model = MLP<Float>(sizes: [695, 64, 32, 1], activation: .leakyReLU(slope: 0.01), key: RandomKey(seed: 0))
/// ```
public struct MLP<Scalar: FloatingTensorScalar>: Layer {
    /// The affine layers.
    public var layers: [Linear<Scalar>]

    /// What follows each layer but the last.
    public var activation: Activation<Scalar>

    /// The chance of a hidden unit to be dropped in training.
    public var dropout: Double

    /// Creates a perceptron.
    ///
    /// - Parameters:
    ///   - sizes: the number of inputs, of hidden units of each layer, and of outputs.
    ///   - activation: what follows each layer but the last.
    ///   - dropout: the chance of a hidden unit to be dropped in training.
    ///   - key: where the first weights come from.
    public init(sizes: [Int], activation: Activation<Scalar> = .relu, dropout: Double = 0, key: RandomKey) {
        guard sizes.count >= 2 else { trap("MLP: the sizes \(sizes) name no layer; give inputs and outputs at least") }
        let keys = key.split(sizes.count - 1)
        layers = keys.indices.map { Linear(sizes[$0], sizes[$0 + 1], key: keys[$0]) }
        self.activation = activation
        self.dropout = dropout
    }

    /// `[..., inputs]` to `[..., outputs]`.
    public func callAsFunction(_ x: Variable<Scalar>) -> Variable<Scalar> {
        forward(x) { value, _ in value }
    }

    /// `[..., inputs]` to `[..., outputs]`, with dropout.
    public mutating func callAsFunction(_ x: Variable<Scalar>, training key: RandomKey) -> Variable<Scalar> {
        forward(x) { value, index in value.dropout(probability: dropout, key: key.folded(index)) }
    }

    private func forward(
        _ x: Variable<Scalar>, _ afterActivation: (Variable<Scalar>, Int) -> Variable<Scalar>
    ) -> Variable<Scalar> {
        var value = x
        for (index, layer) in layers.enumerated() {
            value = layer(value)
            if index < layers.count - 1 { value = afterActivation(activation(value), index) }
        }
        return value
    }

    /// Visits `layers.0`, `layers.1` and so on.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {
        visitor.visit("layers", &layers)
    }
}

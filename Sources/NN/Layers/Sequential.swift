import Autograd
import Tensor

/// Layers one after another.
///
/// ```swift
/// let model = Sequential<Float>([Linear(4, 8, key: keys[0]), Activation.relu, Linear(8, 1, key: keys[1])])
/// ```
public struct Sequential<Scalar: FloatingTensorScalar>: Layer {
    /// The layers, first to last.
    public var layers: [any Layer<Scalar>]

    /// Creates a chain of layers.
    public init(_ layers: [any Layer<Scalar>]) {
        self.layers = layers
    }

    /// The last layer's output.
    public func callAsFunction(_ x: Variable<Scalar>) -> Variable<Scalar> {
        layers.reduce(x) { value, layer in layer(value) }
    }

    /// The last layer's output in training; each layer draws from a key of its own.
    public mutating func callAsFunction(_ x: Variable<Scalar>, training key: RandomKey) -> Variable<Scalar> {
        var value = x
        for index in layers.indices { value = layers[index](value, training: key.folded(index)) }
        return value
    }

    /// Visits the layers, named by position.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {
        for index in layers.indices {
            visitor.enter(String(index))
            layers[index].visitParameters(&visitor)
            visitor.leave()
        }
    }
}

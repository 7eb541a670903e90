import Autograd
import Tensor

/// Zeroes elements at random in training and scales the others so that the mean stays; does nothing in evaluation.
public struct Dropout<Scalar: FloatingTensorScalar>: Layer {
    /// The chance of an element to be zeroed.
    public var probability: Double

    /// Creates a layer; traps unless the probability lies in `0...1`.
    public init(_ probability: Double) {
        guard probability >= 0, probability <= 1 else { trap("Dropout: \(probability) is not a probability") }
        self.probability = probability
    }

    /// The input.
    public func callAsFunction(_ x: Variable<Scalar>) -> Variable<Scalar> { x }

    /// The input with elements dropped.
    public mutating func callAsFunction(_ x: Variable<Scalar>, training key: RandomKey) -> Variable<Scalar> {
        x.dropout(probability: probability, key: key)
    }

    /// Visits nothing.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {}
}

import Autograd
import Tensor

/// A model or a part of one: a value that holds parameters and maps one variable to another.
///
/// A layer is called in two ways. `layer(x)` evaluates it and changes nothing. `layer(x, training: key)` is the forward
/// computation of a training step: dropout drops, batch normalisation uses the batch and updates its running statistics
/// in place. Layers without such behaviour implement the first only.
///
/// ```swift
/// var (loss, slope) = valueAndGradient(at: &model) { model in crossEntropy(model(x, training: key), y) }
/// let scores = model(x)
/// ```
public protocol Layer<Scalar>: Parameterized {
    /// The layer's output in evaluation.
    func callAsFunction(_ x: Variable<Scalar>) -> Variable<Scalar>

    /// The layer's output in training.
    ///
    /// - Parameters:
    ///   - x: the input, in the shapes that evaluation takes.
    ///   - key: where random numbers come from; use a different one in each step.
    mutating func callAsFunction(_ x: Variable<Scalar>, training key: RandomKey) -> Variable<Scalar>
}

extension Layer {
    /// The same as in evaluation.
    public mutating func callAsFunction(_ x: Variable<Scalar>, training key: RandomKey) -> Variable<Scalar> {
        self(x)
    }
}

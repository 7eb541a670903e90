import Autograd
import NN
import Tensor

/// Normalisation of each channel by the statistics of the rows given together, in training and after.
///
/// Batch normalisation has three policies in meta-learning. This one is the transductive: nothing is remembered, so
/// nothing can leak from task to task, but a prediction depends on the rows beside it. `BatchNorm` of NN, called for
/// evaluation, is the frozen one: the statistics are buffers that adaptation never changes. For statistics of each task,
/// give the frozen one's copy of the task its own buffers: models are values, so that no other task sees them.
public struct TransductiveNorm<Scalar: FloatingTensorScalar>: Layer {
    /// `[channels]`: the deviation after normalisation.
    public var weight: Variable<Scalar>
    /// `[channels]`: the mean after normalisation.
    public var bias: Variable<Scalar>
    /// Added to the variance.
    public var epsilon: Scalar

    /// A layer that neither scales nor shifts.
    public init(channels: Int, epsilon: Scalar = 1e-5) {
        weight = Variable(Tensor(ones: [channels]))
        bias = Variable(Tensor(zeros: [channels]))
        self.epsilon = epsilon
    }

    /// `[n, channels, ...]`, in its shape.
    public func callAsFunction(_ x: Variable<Scalar>) -> Variable<Scalar> {
        let axes = [0] + Array(2..<max(x.shape.rank, 2))
        let centered = x - x.mean(axes: axes, keepDimensions: true)
        let variance = centered.squared().mean(axes: axes, keepDimensions: true)
        let scale = TensorShape([1, x.shape[1]] + [Int](repeating: 1, count: x.shape.rank - 2))
        return centered / (variance + epsilon).sqrt() * weight.reshaped(scale) + bias.reshaped(scale)
    }

    /// Visits `weight` and `bias`.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {
        visitor.visit("weight", &weight)
        visitor.visit("bias", &bias)
    }
}

import Autograd
import Tensor

/// A running mean of a model's parameters, which often generalises better than the model itself
/// (Polyak & Juditsky, SIAM J. Control Optim. 30, 1992).
///
/// `s = decay s + (1 - decay) p`; buffers are those of the newest model.
public struct ExponentialMovingAverage<Model: Parameterized>: Sendable {
    /// The average.
    public private(set) var model: Model

    /// The share of the average that an update keeps.
    public var decay: Double

    /// Starts with the parameters of a model.
    public init(of model: Model, decay: Double) {
        guard (0...1).contains(decay) else { trap("ExponentialMovingAverage: the decay \(decay) is not in 0...1") }
        self.model = model
        self.decay = decay
    }

    /// Moves the average towards a model; traps if that has other parameters.
    public mutating func update(with newest: Model) {
        let tensors = newest.namedTensors().map(\.tensor)
        var averaging = Averaging(newest: tensors[...], decay: decay)
        model.visitParameters(&averaging)
    }
}

/// The mean of several gradients, for batches that do not fit in memory at once.
///
/// Gradients are added in the order they come, so that the same order gives the same bits.
public struct GradientAccumulator<Model: Parameterized>: Sendable {
    private var sum: Model?

    /// The number of gradients so far.
    public private(set) var count = 0

    /// Creates an accumulator without gradients.
    public init() {}

    /// Adds a gradient.
    public mutating func add(_ gradient: Model) {
        count += 1
        guard var total = sum.take() else {
            sum = gradient
            return
        }
        let parameters = gradient.parameters
        var position = 0
        total.updateParameters { _, parameter in
            parameter.update { $0 += parameters[position].value }
            position += 1
        }
        sum = total
    }

    /// The mean of the gradients, or nil without any; starts anew.
    public mutating func takeMean() -> Model? {
        guard var mean = sum.take() else { return nil }
        let factor = 1 / Double(count)
        count = 0
        if factor != 1 { mean.updateParameters { _, parameter in parameter.update { $0 *= Model.Scalar(factor) } } }
        return mean
    }
}

/// Blends parameters with the newest ones and copies buffers, both in visiting order.
private struct Averaging<Scalar: FloatingTensorScalar>: ParameterVisitor {
    var newest: ArraySlice<Tensor<Scalar>>
    var decay: Double

    mutating func visit(_ name: String, _ parameter: inout Variable<Scalar>) {
        let tensor = next(name, parameter.shape)
        parameter.update { $0.blend(tensor, keeping: decay) }
    }

    mutating func visitBuffer(_ name: String, _ buffer: inout Tensor<Scalar>) { buffer = next(name, buffer.shape) }

    private mutating func next(_ name: String, _ shape: TensorShape) -> Tensor<Scalar> {
        guard let tensor = newest.popFirst(), tensor.shape == shape else {
            trap("ExponentialMovingAverage: the models differ at \(name), shape \(shape)")
        }
        return tensor
    }
}

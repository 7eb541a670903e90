import Autograd
import NN
import Tensor

/// A model that works on many tasks at once when its parameters have a leading axis of tasks: all of it are layers that
/// treat that axis as apart, such as `Linear` and activations.
public protocol StacksTasks: Layer {
    /// Whether this model does.
    var stacksTasks: Bool { get }
}

extension MLP: StacksTasks {
    /// A perceptron does.
    public var stacksTasks: Bool { true }
}

extension MAML {
    /// The tasks' mean loss and meta-gradient with all tasks on one tape: inputs `[tasks, n, ...]`, and fast weights of
    /// every task in parameters with a leading axis.
    ///
    /// - Returns: nil unless the model is one that ``StacksTasks``, all tasks have the same shapes and none diverges.
    public func batchGradient<Model: Layer>(
        at parameters: MetaParameters<Model>, on tasks: [MetaTask<Model.Scalar>], iteration: Int
    ) -> TaskGradient<Model>? {
        guard method == .nestedGradients, tasks.count > 1, let model = parameters.model as? any StacksTasks,
            model.stacksTasks, let support = StackedExamples(tasks.map(\.support)),
            let query = StackedExamples(tasks.map(\.query)), (try? adapts.requirePart(of: parameters.model)) != nil
        else { return nil }
        let count = tasks.count
        let order = iteration < firstOrderIterations ? Order.first : self.order
        // The sum of the tasks' losses has each task's gradient in its own place.
        return try? nestedGradient(
            at: parameters, order, iteration, { support.loss(of: $0) * Model.Scalar(count) },
            { query.loss(of: $0) },
            prepare: { model in
                var stacked = model
                stacked.updateParameters { _, parameter in
                    parameter = parameter.unsqueezed(0).broadcast(to: TensorShape([count] + Array(parameter.shape)))
                }
                return stacked
            })
    }
}

/// The examples of several tasks, `[tasks, n, ...]`.
struct StackedExamples<Scalar: FloatingTensorScalar> {
    private let inputs: Tensor<Scalar>
    private let targets: Examples<Scalar>.Targets

    /// Nil unless all have the same shapes and kinds of targets.
    init?(_ parts: [Examples<Scalar>]) {
        guard let first = parts.first, parts.allSatisfy({ $0.inputs.shape == first.inputs.shape }) else { return nil }
        var values: [Tensor<Scalar>] = []
        var labels: [Tensor<Int64>] = []
        for part in parts {
            switch (part.targets, first.targets) {
            case (.values(let own), .values(let other)), (.binary(let own), .binary(let other)):
                guard own.shape == other.shape else { return nil }
                values.append(own)
            case (.classes(let own), .classes): labels.append(own)
            default: return nil
            }
        }
        inputs = Tensor.stacked(parts.map(\.inputs))
        switch first.targets {
        case .values: targets = .values(Tensor.stacked(values))
        case .binary: targets = .binary(Tensor.stacked(values))
        case .classes: targets = .classes(Tensor.concatenated(labels))
        }
    }

    /// The mean over tasks of their mean losses.
    func loss<Model: Layer<Scalar>>(of model: Model) -> Variable<Scalar> {
        let output = model(Variable(inputs))
        guard case .classes(let labels) = targets else { return targets.loss(of: output) }
        return targets.loss(of: output.reshaped([labels.count, output.shape[-1]]))
    }
}

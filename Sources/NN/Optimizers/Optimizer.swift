import Autograd
import Tensor

/// A rule that improves a model along the gradient of its loss.
///
/// Optimisers are values: a copy continues on its own. What a rule remembers lies in ``state``, parallel to the model's
/// parameters, and is named after them in checkpoints.
///
/// ```swift
/// var optimizer = AdamW<Float>(learningRate: 3e-4, schedule: .warmup(100, then: .cosine(over: 900)))
/// let (loss, gradient) = valueAndGradient(at: model) { model in meanSquaredError(model(x), y) }
/// optimizer.update(&model, along: gradient)
/// ```
public protocol Optimizer<Scalar>: Sendable {
    /// The element type of the parameters.
    associatedtype Scalar: FloatingTensorScalar

    /// What the rule remembers for one parameter: tensors that its `visitParameters` shows as buffers.
    associatedtype Memory: Parameterized<Scalar>

    /// The rate that the schedule multiplies.
    var learningRate: Double { get set }

    /// The multiplier of the learning rate for each update.
    var schedule: Schedule { get set }

    /// Exceptions for some parameters; the first group that matches a parameter applies to it.
    var groups: [ParameterGroup] { get set }

    /// The number of updates so far and what is remembered for each parameter.
    var state: OptimizerState<Memory> { get set }

    /// What is remembered for a parameter before the first update.
    func initialMemory(for path: String, shape: TensorShape) -> Memory

    /// The rule itself: changes one parameter along its gradient.
    func update(
        _ parameter: inout Tensor<Scalar>, along gradient: Tensor<Scalar>, memory: inout Memory, in step: UpdateStep)
}

/// What a rule has to know about the update that it is part of.
public struct UpdateStep: Sendable, Hashable {
    /// The number of the update, counted from 1.
    public var number: Int

    /// The learning rate for this parameter in this update.
    public var rate: Double

    /// The factor for the optimiser's weight decay.
    public var weightDecayScale: Double
}

extension Optimizer {
    /// The learning rate of the next update.
    public var currentLearningRate: Double { learningRate * schedule(state.step) }

    /// Changes the parameters of a model, in place where nobody else holds them.
    ///
    /// Traps if the gradient, or an earlier model, has other parameters than the model.
    public mutating func update<Model: Parameterized<Scalar>>(_ model: inout Model, along gradient: Model) {
        prepare(for: model)
        var state = beginUpdate()
        let gradients = gradient.parameters
        var position = 0
        model.updateParameters { path, parameter in
            guard position < gradients.count, state.slots.indices.contains(position),
                state.slots[position].path == path
            else { trap("update(_:along:): the parameter \(path) is not in the gradient or the state") }
            update(&parameter, along: gradients[position].value, &state, position)
            position += 1
        }
        guard position == state.slots.count, position == gradients.count else {
            trap("update(_:along:): the model has \(position) parameters, its gradient has \(gradients.count)")
        }
        self.state = state
    }

    /// One step of training: evaluates the loss and changes the model along its gradient.
    ///
    /// The result is bit for bit that of `valueAndGradient(at:_:)` and ``update(_:along:)``, but each parameter is
    /// changed as soon as the backward pass has completed its gradient, which is freed then: the gradients of the whole
    /// model never exist at once. What needs them all, such as clipping by their norm, goes the longer way.
    ///
    /// ```swift
    /// let loss = optimizer.step(&model) { model in crossEntropy(model(x), y) }
    /// ```
    ///
    /// - Parameters:
    ///   - model: its parameters are changed in place where nobody else holds them.
    ///   - loss: the loss, a single number; it may change the model's buffers.
    /// - Throws: what the loss throws; nothing has changed then but buffers.
    /// - Returns: the loss before the step.
    @discardableResult
    public mutating func step<Model: Parameterized<Scalar>>(
        _ model: inout Model, _ loss: (inout Model) throws -> Variable<Scalar>
    ) rethrows -> Variable<Scalar> {
        prepare(for: model)
        let sweep = try GradientSweep(at: &model, loss)
        var state = beginUpdate()
        let value = sweep.run(&model) { index, parameter, gradient in
            guard index < state.slots.count else { trap("step: the model has more parameters than an earlier one") }
            update(&parameter, along: gradient, &state, index)
        }
        self.state = state
        return value
    }

    /// The state of the next update, taken out so that the rule, which reads self, may change it without a copy.
    private mutating func beginUpdate() -> OptimizerState<Memory> {
        var state = self.state
        self.state = OptimizerState()
        state.step += 1
        return state
    }

    private func update(
        _ parameter: inout Variable<Scalar>, along gradient: Tensor<Scalar>, _ state: inout OptimizerState<Memory>,
        _ position: Int
    ) {
        let path = state.slots[position].path
        guard gradient.shape == parameter.shape else {
            trap("update: the parameter \(path) \(parameter.shape) has a gradient of shape \(gradient.shape)")
        }
        let group = group(for: path, parameter.shape)
        if group.isFrozen { return }
        let rate = learningRate * schedule(state.step - 1) * group.learningRateScale
        let step = UpdateStep(number: state.step, rate: rate, weightDecayScale: group.weightDecayScale)
        // A group that was frozen so far has no memory yet.
        var memory = state.slots[position].memory.take() ?? initialMemory(for: path, shape: parameter.shape)
        parameter.update { update(&$0, along: gradient, memory: &memory, in: step) }
        state.slots[position].memory = memory
    }

    /// Creates the memory for a model's parameters, if there is none yet.
    public mutating func prepare<Model: Parameterized<Scalar>>(for model: Model) {
        guard state.slots.isEmpty else { return }
        state.slots = model.namedTensors(includingBuffers: false).map { path, tensor in
            let isFrozen = group(for: path, tensor.shape).isFrozen
            return .init(path: path, memory: isFrozen ? nil : initialMemory(for: path, shape: tensor.shape))
        }
    }

    private func group(for path: String, _ shape: TensorShape) -> ParameterGroup {
        groups.first { $0.contains(path, shape) } ?? ParameterGroup { _, _ in true }
    }
}

import Autograd
import Tensor

/// Stochastic gradient descent with momentum (Sutskever et al., ICML 2013; `torch.optim.SGD`).
///
/// With `d = g + weightDecay p`: `b = momentum b + (1 - dampening) d`, where the first step sets `b = d`, and
/// `p -= rate b`; Nesterov's variant steps along `d + momentum b`.
public struct SGD<Scalar: FloatingTensorScalar>: Optimizer {
    /// The rate that the schedule multiplies.
    public var learningRate: Double
    /// The multiplier of the learning rate for each update.
    public var schedule: Schedule
    /// Exceptions for some parameters.
    public var groups: [ParameterGroup]
    /// The number of updates so far and what is remembered.
    public var state = OptimizerState<Memory>()

    /// The share of the last step's direction that is kept.
    public var momentum: Double
    /// How much less of the gradient enters the momentum.
    public var dampening: Double
    /// Whether to look ahead along the momentum.
    public var isNesterov: Bool
    /// The L2 penalty's factor, added to the gradient.
    public var weightDecay: Double

    /// Creates the rule; Nesterov's variant needs momentum and no dampening.
    public init(
        learningRate: Double, momentum: Double = 0, dampening: Double = 0, isNesterov: Bool = false,
        weightDecay: Double = 0, schedule: Schedule = .constant, groups: [ParameterGroup] = []
    ) {
        requireHyperparameter(learningRate >= 0, "learning rate", learningRate)
        requireHyperparameter(momentum >= 0, "momentum", momentum)
        requireHyperparameter(!isNesterov || (momentum > 0 && dampening == 0), "dampening", dampening)
        self.learningRate = learningRate
        self.momentum = momentum
        self.dampening = dampening
        self.isNesterov = isNesterov
        self.weightDecay = weightDecay
        self.schedule = schedule
        self.groups = groups
    }

    /// The momentum buffer `b`; absent without momentum.
    public struct Memory: Parameterized {
        var velocity: Tensor<Scalar>?

        /// Shows the buffer.
        public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {
            visitor.visitBuffer("velocity", &velocity)
        }
    }

    /// What is remembered for a parameter before the first update: zeros.
    public func initialMemory(for path: String, shape: TensorShape) -> Memory {
        Memory(velocity: momentum == 0 ? nil : Tensor(zeros: shape))
    }

    /// Changes one parameter by the formula above.
    public func update(
        _ parameter: inout Tensor<Scalar>, along gradient: Tensor<Scalar>, memory: inout Memory, in step: UpdateStep
    ) {
        let rule = SGDStep(
            rate: step.rate, decay: weightDecay * step.weightDecayScale, momentum: momentum, dampening: dampening,
            isNesterov: isNesterov, isFirst: step.number == 1)
        if var velocity = memory.velocity.take() {
            rule.apply(to: &parameter, along: gradient, velocity: &velocity)
            memory.velocity = velocity
        } else {
            rule.apply(to: &parameter, along: gradient)
        }
    }
}

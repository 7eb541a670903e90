import Autograd
import Tensor

/// Lion: steps of one size along the sign of the momentum (Chen et al., arXiv 2302.06675, algorithm 2).
///
/// `p *= 1 - rate weightDecay`, `p -= rate sign(beta1 m + (1 - beta1) g)`, `m = beta2 m + (1 - beta2) g`. Its
/// learning rate should be three to ten times smaller than AdamW's, its weight decay as much larger (section 5 there).
public struct Lion<Scalar: FloatingTensorScalar>: Optimizer {
    /// The rate that the schedule multiplies.
    public var learningRate: Double
    /// The multiplier of the learning rate for each update.
    public var schedule: Schedule
    /// Exceptions for some parameters.
    public var groups: [ParameterGroup]
    /// The number of updates so far and what is remembered.
    public var state = OptimizerState<Memory>()

    /// The weight of the momentum in the step, and the share of it that is kept.
    public var betas: (Double, Double)
    /// How much a parameter shrinks, times the learning rate.
    public var weightDecay: Double

    /// Creates the rule.
    public init(
        learningRate: Double = 1e-4, betas: (Double, Double) = (0.9, 0.99), weightDecay: Double = 0,
        schedule: Schedule = .constant, groups: [ParameterGroup] = []
    ) {
        requireAdamHyperparameters(learningRate, betas, 0)
        self.learningRate = learningRate
        self.betas = betas
        self.weightDecay = weightDecay
        self.schedule = schedule
        self.groups = groups
    }

    /// The momentum `m`.
    public struct Memory: Parameterized {
        var mean: Tensor<Scalar>

        /// Shows the momentum.
        public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {
            visitor.visitBuffer("mean", &mean)
        }
    }

    /// What is remembered for a parameter before the first update: zeros.
    public func initialMemory(for path: String, shape: TensorShape) -> Memory { Memory(mean: Tensor(zeros: shape)) }

    /// Changes one parameter by the formula above.
    public func update(
        _ parameter: inout Tensor<Scalar>, along gradient: Tensor<Scalar>, memory: inout Memory, in step: UpdateStep
    ) {
        LionStep(rate: step.rate, decay: weightDecay * step.weightDecayScale, betas: betas)
            .apply(to: &parameter, along: gradient, mean: &memory.mean)
    }
}

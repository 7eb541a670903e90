import Autograd
import Tensor

/// Adagrad: rates that fall with the sum of squared gradients (Duchi, Hazan & Singer, JMLR 12, 2011).
///
/// With `d = g + weightDecay p`: `v += d²`, `p -= rate / (1 + (t - 1) rateDecay) d / (sqrt(v) + epsilon)`.
public struct Adagrad<Scalar: FloatingTensorScalar>: Optimizer {
    /// The rate that the schedule multiplies.
    public var learningRate: Double
    /// The multiplier of the learning rate for each update.
    public var schedule: Schedule
    /// Exceptions for some parameters.
    public var groups: [ParameterGroup]
    /// The number of updates so far and what is remembered.
    public var state = OptimizerState<Memory>()

    /// How fast the rate falls with the number of updates.
    public var rateDecay: Double
    /// Added to the root.
    public var epsilon: Double
    /// The L2 penalty's factor, added to the gradient.
    public var weightDecay: Double

    /// Creates the rule.
    public init(
        learningRate: Double = 0.01, rateDecay: Double = 0, epsilon: Double = 1e-10, weightDecay: Double = 0,
        schedule: Schedule = .constant, groups: [ParameterGroup] = []
    ) {
        requireHyperparameter(learningRate >= 0, "learning rate", learningRate)
        requireHyperparameter(epsilon >= 0, "epsilon", epsilon)
        self.learningRate = learningRate
        self.rateDecay = rateDecay
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        self.schedule = schedule
        self.groups = groups
    }

    /// The sum of squared gradients `v`.
    public struct Memory: Parameterized {
        var sum: Tensor<Scalar>

        /// Shows the sum.
        public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {
            visitor.visitBuffer("sum", &sum)
        }
    }

    /// What is remembered for a parameter before the first update: zeros.
    public func initialMemory(for path: String, shape: TensorShape) -> Memory { Memory(sum: Tensor(zeros: shape)) }

    /// Changes one parameter by the formula above.
    public func update(
        _ parameter: inout Tensor<Scalar>, along gradient: Tensor<Scalar>, memory: inout Memory, in step: UpdateStep
    ) {
        let d = gradient.withDecay(weightDecay * step.weightDecayScale, of: parameter)
        let rate = step.rate / (1 + Double(step.number - 1) * rateDecay)
        memory.sum += d.squared()
        parameter -= d / (memory.sum.sqrt() + Scalar(epsilon)) * Scalar(rate)
    }
}

/// Adadelta: steps in the parameter's own units (Zeiler, arXiv 1212.5701, algorithm 1).
///
/// With `d = g + weightDecay p`: `v = rho v + (1 - rho) d²`, `x = sqrt(u + epsilon) / sqrt(v + epsilon) d`,
/// `u = rho u + (1 - rho) x²`, `p -= rate x`.
public struct Adadelta<Scalar: FloatingTensorScalar>: Optimizer {
    /// The rate that the schedule multiplies.
    public var learningRate: Double
    /// The multiplier of the learning rate for each update.
    public var schedule: Schedule
    /// Exceptions for some parameters.
    public var groups: [ParameterGroup]
    /// The number of updates so far and what is remembered.
    public var state = OptimizerState<Memory>()

    /// The share of the running means that is kept.
    public var rho: Double
    /// Added under both roots.
    public var epsilon: Double
    /// The L2 penalty's factor, added to the gradient.
    public var weightDecay: Double

    /// Creates the rule.
    public init(
        learningRate: Double = 1, rho: Double = 0.9, epsilon: Double = 1e-6, weightDecay: Double = 0,
        schedule: Schedule = .constant, groups: [ParameterGroup] = []
    ) {
        requireHyperparameter(learningRate >= 0, "learning rate", learningRate)
        requireHyperparameter((0...1).contains(rho), "rho", rho)
        requireHyperparameter(epsilon >= 0, "epsilon", epsilon)
        self.learningRate = learningRate
        self.rho = rho
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        self.schedule = schedule
        self.groups = groups
    }

    /// The running means `v` of squared gradients and `u` of squared steps.
    public struct Memory: Parameterized {
        var square: Tensor<Scalar>
        var squaredStep: Tensor<Scalar>

        /// Shows both means.
        public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {
            visitor.visitBuffer("square", &square)
            visitor.visitBuffer("squaredStep", &squaredStep)
        }
    }

    /// What is remembered for a parameter before the first update: zeros.
    public func initialMemory(for path: String, shape: TensorShape) -> Memory {
        Memory(square: Tensor(zeros: shape), squaredStep: Tensor(zeros: shape))
    }

    /// Changes one parameter by the formula above.
    public func update(
        _ parameter: inout Tensor<Scalar>, along gradient: Tensor<Scalar>, memory: inout Memory, in step: UpdateStep
    ) {
        let d = gradient.withDecay(weightDecay * step.weightDecayScale, of: parameter)
        let eps = Scalar(epsilon)
        memory.square.blend(d.squared(), keeping: rho)
        let x = (memory.squaredStep + eps).sqrt() / (memory.square + eps).sqrt() * d
        memory.squaredStep.blend(x.squared(), keeping: rho)
        parameter -= x * Scalar(step.rate)
    }
}

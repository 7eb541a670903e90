import Autograd
import Tensor

/// RMSprop: steps divided by the running root mean square of the gradient (Tieleman & Hinton, Coursera lecture 6.5,
/// 2012; centred: Graves, arXiv 1308.0850, section 4.2; `torch.optim.RMSprop`).
///
/// With `d = g + weightDecay p`: `v = smoothing v + (1 - smoothing) d²`, minus the squared running mean of `d` if
/// centred; `b = momentum b + d / (sqrt(v) + epsilon)`, `p -= rate b`.
public struct RMSprop<Scalar: FloatingTensorScalar>: Optimizer {
    /// The rate that the schedule multiplies.
    public var learningRate: Double
    /// The multiplier of the learning rate for each update.
    public var schedule: Schedule
    /// Exceptions for some parameters.
    public var groups: [ParameterGroup]
    /// The number of updates so far and what is remembered.
    public var state = OptimizerState<Memory>()

    /// The share of the running means that is kept.
    public var smoothing: Double
    /// Added to the root.
    public var epsilon: Double
    /// The share of the last step that is kept.
    public var momentum: Double
    /// Whether to divide by an estimate of the standard deviation instead of the root mean square.
    public var isCentered: Bool
    /// The L2 penalty's factor, added to the gradient.
    public var weightDecay: Double

    /// Creates the rule.
    public init(
        learningRate: Double = 0.01, smoothing: Double = 0.99, epsilon: Double = 1e-8, momentum: Double = 0,
        isCentered: Bool = false, weightDecay: Double = 0, schedule: Schedule = .constant, groups: [ParameterGroup] = []
    ) {
        requireHyperparameter(learningRate >= 0, "learning rate", learningRate)
        requireHyperparameter((0...1).contains(smoothing), "smoothing", smoothing)
        requireHyperparameter(epsilon >= 0, "epsilon", epsilon)
        requireHyperparameter(momentum >= 0, "momentum", momentum)
        self.learningRate = learningRate
        self.smoothing = smoothing
        self.epsilon = epsilon
        self.momentum = momentum
        self.isCentered = isCentered
        self.weightDecay = weightDecay
        self.schedule = schedule
        self.groups = groups
    }

    /// The running means of squares and, if centred, of gradients, and the momentum buffer, if there is momentum.
    public struct Memory: Parameterized {
        var square: Tensor<Scalar>
        var mean: Tensor<Scalar>?
        var velocity: Tensor<Scalar>?

        /// Shows what there is.
        public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {
            visitor.visitBuffer("square", &square)
            visitor.visitBuffer("mean", &mean)
            visitor.visitBuffer("velocity", &velocity)
        }
    }

    /// What is remembered for a parameter before the first update: zeros.
    public func initialMemory(for path: String, shape: TensorShape) -> Memory {
        let zeros = Tensor<Scalar>(zeros: shape)
        return Memory(square: zeros, mean: isCentered ? zeros : nil, velocity: momentum == 0 ? nil : zeros)
    }

    /// Changes one parameter by the formula above.
    public func update(
        _ parameter: inout Tensor<Scalar>, along gradient: Tensor<Scalar>, memory: inout Memory, in step: UpdateStep
    ) {
        let d = gradient.withDecay(weightDecay * step.weightDecayScale, of: parameter)
        memory.square.blend(d.squared(), keeping: smoothing)
        memory.mean?.blend(d, keeping: smoothing)
        // Rounding can push the variance just below zero, where the root would be NaN.
        let variance = memory.mean.map { (memory.square - $0.squared()).maximum(Tensor(0)) } ?? memory.square
        var direction = d / (variance.sqrt() + Scalar(epsilon))
        if memory.velocity != nil {
            memory.velocity! *= Scalar(momentum)
            memory.velocity! += direction
            direction = memory.velocity!
        }
        parameter -= direction * Scalar(step.rate)
    }
}

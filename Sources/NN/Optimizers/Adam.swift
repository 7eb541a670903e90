import Autograd
import Tensor

/// Adam: momentum, divided by the running root mean square of the gradient (Kingma & Ba, arXiv 1412.6980, algorithm 1),
/// with an L2 penalty, and AMSGrad (Reddi et al., arXiv 1904.09237, in the form of `torch.optim.Adam`).
///
/// With `d = g + weightDecay p`: `m = beta1 m + (1 - beta1) d`, `v = beta2 v + (1 - beta2) d²`,
/// `p -= rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)`; AMSGrad takes the largest `v` so far.
public struct Adam<Scalar: FloatingTensorScalar>: Optimizer {
    /// The rate that the schedule multiplies.
    public var learningRate: Double
    /// The multiplier of the learning rate for each update.
    public var schedule: Schedule
    /// Exceptions for some parameters.
    public var groups: [ParameterGroup]
    /// The number of updates so far and what is remembered.
    public var state = OptimizerState<AdamMemory<Scalar>>()

    /// The shares of the running means of gradients and of squares that are kept.
    public var betas: (Double, Double)
    /// Added to the root.
    public var epsilon: Double
    /// The L2 penalty's factor, added to the gradient; ``AdamW`` decays apart from it.
    public var weightDecay: Double
    /// Whether the running mean of squares counts with its largest value so far.
    public var isAMSGrad: Bool

    /// Creates the rule.
    public init(
        learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8,
        weightDecay: Double = 0, isAMSGrad: Bool = false, schedule: Schedule = .constant, groups: [ParameterGroup] = []
    ) {
        requireAdamHyperparameters(learningRate, betas, epsilon)
        self.learningRate = learningRate
        self.betas = betas
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        self.isAMSGrad = isAMSGrad
        self.schedule = schedule
        self.groups = groups
    }

    /// What is remembered for a parameter before the first update: zeros.
    public func initialMemory(for path: String, shape: TensorShape) -> AdamMemory<Scalar> {
        AdamMemory(shape: shape, isAMSGrad: isAMSGrad)
    }

    /// Changes one parameter by the formula above.
    public func update(
        _ parameter: inout Tensor<Scalar>, along gradient: Tensor<Scalar>, memory: inout AdamMemory<Scalar>,
        in step: UpdateStep
    ) {
        let rule = AdamStep(
            number: step.number, rate: step.rate, decay: 0, l2: weightDecay * step.weightDecayScale, betas: betas,
            epsilon: epsilon)
        memory.apply(rule, to: &parameter, along: gradient)
    }
}

/// AdamW: Adam with weight decay apart from the gradient (Loshchilov & Hutter, arXiv 1711.05101, algorithm 2, in the
/// form of `torch.optim.AdamW`: the decay is multiplied by the learning rate).
///
/// `p *= 1 - rate weightDecay`, then as ``Adam`` without a penalty.
public struct AdamW<Scalar: FloatingTensorScalar>: Optimizer {
    /// The rate that the schedule multiplies.
    public var learningRate: Double
    /// The multiplier of the learning rate for each update.
    public var schedule: Schedule
    /// Exceptions for some parameters.
    public var groups: [ParameterGroup]
    /// The number of updates so far and what is remembered.
    public var state = OptimizerState<AdamMemory<Scalar>>()

    /// The shares of the running means of gradients and of squares that are kept.
    public var betas: (Double, Double)
    /// Added to the root.
    public var epsilon: Double
    /// How much a parameter shrinks, times the learning rate.
    public var weightDecay: Double
    /// Whether the running mean of squares counts with its largest value so far.
    public var isAMSGrad: Bool

    /// Creates the rule.
    public init(
        learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8,
        weightDecay: Double = 0.01, isAMSGrad: Bool = false, schedule: Schedule = .constant,
        groups: [ParameterGroup] = []
    ) {
        requireAdamHyperparameters(learningRate, betas, epsilon)
        self.learningRate = learningRate
        self.betas = betas
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        self.isAMSGrad = isAMSGrad
        self.schedule = schedule
        self.groups = groups
    }

    /// What is remembered for a parameter before the first update: zeros.
    public func initialMemory(for path: String, shape: TensorShape) -> AdamMemory<Scalar> {
        AdamMemory(shape: shape, isAMSGrad: isAMSGrad)
    }

    /// Changes one parameter by the formula above.
    public func update(
        _ parameter: inout Tensor<Scalar>, along gradient: Tensor<Scalar>, memory: inout AdamMemory<Scalar>,
        in step: UpdateStep
    ) {
        let rule = AdamStep(
            number: step.number, rate: step.rate, decay: weightDecay * step.weightDecayScale, l2: 0, betas: betas,
            epsilon: epsilon)
        memory.apply(rule, to: &parameter, along: gradient)
    }
}

/// The running means that Adam and its relatives remember: of gradients, `m`, and of their squares, `v`.
public struct AdamMemory<Scalar: FloatingTensorScalar>: Parameterized {
    var mean: Tensor<Scalar>
    var square: Tensor<Scalar>
    /// The largest `square` so far, for AMSGrad.
    var largestSquare: Tensor<Scalar>?

    init(shape: TensorShape, isAMSGrad: Bool = false) {
        mean = Tensor(zeros: shape)
        square = Tensor(zeros: shape)
        largestSquare = isAMSGrad ? Tensor(zeros: shape) : nil
    }

    /// Shows the running means.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {
        visitor.visitBuffer("mean", &mean)
        visitor.visitBuffer("square", &square)
        visitor.visitBuffer("largestSquare", &largestSquare)
    }

    mutating func apply(_ rule: AdamStep, to parameter: inout Tensor<Scalar>, along gradient: Tensor<Scalar>) {
        if var largest = largestSquare.take() {
            rule.apply(to: &parameter, along: gradient, mean: &mean, square: &square, largestSquare: &largest)
            largestSquare = largest
        } else {
            rule.apply(to: &parameter, along: gradient, mean: &mean, square: &square)
        }
    }
}

func requireAdamHyperparameters(_ learningRate: Double, _ betas: (Double, Double), _ epsilon: Double) {
    requireHyperparameter(learningRate >= 0, "learning rate", learningRate)
    requireHyperparameter((0..<1).contains(betas.0), "first beta", betas.0)
    requireHyperparameter((0..<1).contains(betas.1), "second beta", betas.1)
    requireHyperparameter(epsilon >= 0, "epsilon", epsilon)
}

import Autograd
import Glibc
import Tensor

/// Adamax: Adam with the infinity norm in place of the root mean square (Kingma & Ba, arXiv 1412.6980, algorithm 2).
///
/// With `d = g + weightDecay p`: `m = beta1 m + (1 - beta1) d`, `u = max(beta2 u, |d| + epsilon)`,
/// `p -= rate / (1 - beta1^t) m / u`.
public struct Adamax<Scalar: FloatingTensorScalar>: Optimizer {
    /// The rate that the schedule multiplies.
    public var learningRate: Double
    /// The multiplier of the learning rate for each update.
    public var schedule: Schedule
    /// Exceptions for some parameters.
    public var groups: [ParameterGroup]
    /// The number of updates so far and what is remembered.
    public var state = OptimizerState<Memory>()

    /// The share of the running mean that is kept, and how fast the norm forgets.
    public var betas: (Double, Double)
    /// Added to the gradient's magnitude.
    public var epsilon: Double
    /// The L2 penalty's factor, added to the gradient.
    public var weightDecay: Double

    /// Creates the rule.
    public init(
        learningRate: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8,
        weightDecay: Double = 0, schedule: Schedule = .constant, groups: [ParameterGroup] = []
    ) {
        requireAdamHyperparameters(learningRate, betas, epsilon)
        self.learningRate = learningRate
        self.betas = betas
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        self.schedule = schedule
        self.groups = groups
    }

    /// The running mean `m` and the norm `u`.
    public struct Memory: Parameterized {
        var mean: Tensor<Scalar>
        var norm: Tensor<Scalar>

        /// Shows both.
        public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {
            visitor.visitBuffer("mean", &mean)
            visitor.visitBuffer("norm", &norm)
        }
    }

    /// What is remembered for a parameter before the first update: zeros.
    public func initialMemory(for path: String, shape: TensorShape) -> Memory {
        Memory(mean: Tensor(zeros: shape), norm: Tensor(zeros: shape))
    }

    /// Changes one parameter by the formula above.
    public func update(
        _ parameter: inout Tensor<Scalar>, along gradient: Tensor<Scalar>, memory: inout Memory, in step: UpdateStep
    ) {
        let d = gradient.withDecay(weightDecay * step.weightDecayScale, of: parameter)
        memory.mean.blend(d, keeping: betas.0)
        memory.norm = (memory.norm * Scalar(betas.1)).maximum(d.abs() + Scalar(epsilon))
        parameter -= memory.mean / memory.norm * Scalar(step.rate / (1 - pow(betas.0, Double(step.number))))
    }
}

/// NAdam: Adam with Nesterov's momentum (Dozat, ICLR workshop 2016, in the form of `torch.optim.NAdam`).
///
/// With `d = g + weightDecay p`, `m` and `v` as in ``Adam``, `mu_t = beta1 (1 - 0.96^(t momentumDecay) / 2)` and
/// `M_t = mu_1 ... mu_t`: `p -= rate ((1 - mu_t) d / (1 - M_t) + mu_(t+1) m / (1 - M_(t+1))) / (sqrt(v / (1 -
/// beta2^t)) + eps)`.
public struct NAdam<Scalar: FloatingTensorScalar>: Optimizer {
    /// The rate that the schedule multiplies.
    public var learningRate: Double
    /// The multiplier of the learning rate for each update.
    public var schedule: Schedule
    /// Exceptions for some parameters.
    public var groups: [ParameterGroup]
    /// The number of updates so far and what is remembered.
    public var state = OptimizerState<Memory>()

    /// The shares of the running means of gradients and of squares that are kept.
    public var betas: (Double, Double)
    /// Added to the root.
    public var epsilon: Double
    /// The L2 penalty's factor, added to the gradient.
    public var weightDecay: Double
    /// How fast the momentum rises to its full value.
    public var momentumDecay: Double

    /// Creates the rule.
    public init(
        learningRate: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8,
        weightDecay: Double = 0, momentumDecay: Double = 4e-3, schedule: Schedule = .constant,
        groups: [ParameterGroup] = []
    ) {
        requireAdamHyperparameters(learningRate, betas, epsilon)
        self.learningRate = learningRate
        self.betas = betas
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        self.momentumDecay = momentumDecay
        self.schedule = schedule
        self.groups = groups
    }

    /// The running means and the product `M` of the momenta so far.
    public struct Memory: Parameterized {
        var means: AdamMemory<Scalar>
        var momentumProduct: Tensor<Scalar>

        /// Shows all three.
        public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {
            means.visitParameters(&visitor)
            visitor.visitBuffer("momentumProduct", &momentumProduct)
        }
    }

    /// What is remembered for a parameter before the first update: zeros.
    public func initialMemory(for path: String, shape: TensorShape) -> Memory {
        Memory(means: AdamMemory(shape: shape), momentumProduct: Tensor(1))
    }

    /// Changes one parameter by the formula above.
    public func update(
        _ parameter: inout Tensor<Scalar>, along gradient: Tensor<Scalar>, memory: inout Memory, in step: UpdateStep
    ) {
        let d = gradient.withDecay(weightDecay * step.weightDecayScale, of: parameter)
        let (now, next) = (momentum(at: step.number), momentum(at: step.number + 1))
        memory.momentumProduct *= Scalar(now)
        let product = Double(memory.momentumProduct.scalar)
        memory.means.mean.blend(d, keeping: betas.0)
        memory.means.square.blend(d.squared(), keeping: betas.1)
        let correction = 1 - pow(betas.1, Double(step.number))
        let root = (memory.means.square * Scalar(1 / correction)).sqrt() + Scalar(epsilon)
        let gradientPart = d * Scalar((1 - now) / (1 - product))
        let meanPart = memory.means.mean * Scalar(next / (1 - product * next))
        parameter -= (gradientPart + meanPart) / root * Scalar(step.rate)
    }

    private func momentum(at step: Int) -> Double { betas.0 * (1 - 0.5 * pow(0.96, Double(step) * momentumDecay)) }
}

/// RAdam: Adam that waits until the variance of its step size is known (Liu et al., arXiv 1908.03265, algorithm 2).
///
/// With `d = g + weightDecay p`, `m` and `v` as in ``Adam``, `rho_inf = 2 / (1 - beta2) - 1` and
/// `rho_t = rho_inf - 2 t beta2^t / (1 - beta2^t)`: where `rho_t > 5` (the paper has 4), `p -= rate r_t` times Adam's
/// step with `r_t² = (rho_t - 4)(rho_t - 2) rho_inf / ((rho_inf - 4)(rho_inf - 2) rho_t)`; before, `p -= rate m / (1
/// - beta1^t)`.
public struct RAdam<Scalar: FloatingTensorScalar>: Optimizer {
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
    /// The L2 penalty's factor, added to the gradient.
    public var weightDecay: Double

    /// Creates the rule.
    public init(
        learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8,
        weightDecay: Double = 0, schedule: Schedule = .constant, groups: [ParameterGroup] = []
    ) {
        requireAdamHyperparameters(learningRate, betas, epsilon)
        self.learningRate = learningRate
        self.betas = betas
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        self.schedule = schedule
        self.groups = groups
    }

    /// What is remembered for a parameter before the first update: zeros.
    public func initialMemory(for path: String, shape: TensorShape) -> AdamMemory<Scalar> { AdamMemory(shape: shape) }

    /// Changes one parameter by the formula above.
    public func update(
        _ parameter: inout Tensor<Scalar>, along gradient: Tensor<Scalar>, memory: inout AdamMemory<Scalar>,
        in step: UpdateStep
    ) {
        let d = gradient.withDecay(weightDecay * step.weightDecayScale, of: parameter)
        memory.mean.blend(d, keeping: betas.0)
        memory.square.blend(d.squared(), keeping: betas.1)
        let t = Double(step.number)
        let power = pow(betas.1, t)
        let stepSize = step.rate / (1 - pow(betas.0, t))
        let limit = 2 / (1 - betas.1) - 1
        let rho = limit - 2 * t * power / (1 - power)
        if rho > 5 {
            let squaredFactor = (rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho)
            let scale = stepSize * (squaredFactor * (1 - power)).squareRoot()
            parameter -= memory.mean / (memory.square.sqrt() + Scalar(epsilon)) * Scalar(scale)
        } else {
            parameter -= memory.mean * Scalar(stepSize)
        }
    }
}

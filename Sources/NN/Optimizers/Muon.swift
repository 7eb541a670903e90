import Autograd
import Tensor

/// Muon: momentum, orthogonalised, for matrices; ``AdamW`` for all other parameters (Jordan et al., "Muon: an
/// optimizer for hidden layers in neural networks", kellerjordan.github.io/posts/muon, 2024; decay and scale: Liu et
/// al., arXiv 2502.16982).
///
/// `m = momentum m + (1 - momentum) g`, `u = (1 - momentum) g + momentum m` (or `m` without Nesterov),
/// `p = (1 - rate weightDecay) p - rate scale orthogonalized(u)`.
public struct Muon<Scalar: FloatingTensorScalar>: Optimizer {
    /// How the step depends on the matrix's shape.
    public enum StepScale: Sendable {
        /// `sqrt(max(1, rows / columns))`, as in the first publication.
        case original
        /// `0.2 sqrt(max(rows, columns))`, which gives steps of AdamW's size (arXiv 2502.16982, section 2.2).
        case matchingAdamW
    }

    /// The rate that the schedule multiplies.
    public var learningRate: Double
    /// The multiplier of the learning rate for each update.
    public var schedule: Schedule
    /// Exceptions for some parameters.
    public var groups: [ParameterGroup]
    /// The number of updates so far and what is remembered.
    public var state = OptimizerState<Memory>()

    /// The share of the momentum that is kept.
    public var momentum: Double
    /// Whether to look ahead along the momentum.
    public var isNesterov: Bool
    /// How much a parameter shrinks, times the learning rate.
    public var weightDecay: Double
    /// How the step depends on the matrix's shape.
    public var stepScale: StepScale
    /// The rule for other parameters; its learning rate and weight decay count, its schedule, groups and state do not.
    public var other: AdamW<Scalar>
    /// Whether a parameter is a matrix of a hidden layer; embeddings and output heads should not be.
    public var isHiddenMatrix: @Sendable (_ path: String, _ shape: TensorShape) -> Bool

    /// Creates the rule; parameters that are not of rank 2 always go to AdamW.
    public init(
        learningRate: Double = 0.02, momentum: Double = 0.95, isNesterov: Bool = true, weightDecay: Double = 0.1,
        stepScale: StepScale = .original, other: AdamW<Scalar> = AdamW(learningRate: 3e-4),
        schedule: Schedule = .constant, groups: [ParameterGroup] = [],
        isHiddenMatrix: @escaping @Sendable (_ path: String, _ shape: TensorShape) -> Bool = { $1.rank == 2 }
    ) {
        requireHyperparameter(learningRate >= 0, "learning rate", learningRate)
        requireHyperparameter((0..<1).contains(momentum), "momentum", momentum)
        self.learningRate = learningRate
        self.momentum = momentum
        self.isNesterov = isNesterov
        self.weightDecay = weightDecay
        self.stepScale = stepScale
        self.other = other
        self.schedule = schedule
        self.groups = groups
        self.isHiddenMatrix = isHiddenMatrix
    }

    /// The momentum of a matrix, or AdamW's running means.
    public struct Memory: Parameterized {
        var velocity: Tensor<Scalar>?
        var means: AdamMemory<Scalar>?

        /// Shows what there is.
        public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {
            visitor.visitBuffer("velocity", &velocity)
            means?.visitParameters(&visitor)
        }
    }

    /// What is remembered for a parameter before the first update: zeros.
    public func initialMemory(for path: String, shape: TensorShape) -> Memory {
        shape.rank == 2 && isHiddenMatrix(path, shape)
            ? Memory(velocity: Tensor(zeros: shape))
            : Memory(means: other.initialMemory(for: path, shape: shape))
    }

    /// Changes one parameter by the formula above.
    public func update(
        _ parameter: inout Tensor<Scalar>, along gradient: Tensor<Scalar>, memory: inout Memory, in step: UpdateStep
    ) {
        guard var velocity = memory.velocity.take() else {
            var otherStep = step
            // The schedule and the group's factor act on AdamW's rate as on Muon's.
            otherStep.rate = learningRate == 0 ? 0 : step.rate / learningRate * other.learningRate
            if var means = memory.means.take() {
                other.update(&parameter, along: gradient, memory: &means, in: otherStep)
                memory.means = means
            }
            return
        }
        velocity.blend(gradient, keeping: momentum)
        var direction = velocity
        if isNesterov {
            direction = gradient
            direction.blend(velocity, keeping: 1 - momentum)
        }
        memory.velocity = velocity
        let (rows, columns) = (Double(parameter.shape[0]), Double(parameter.shape[1]))
        let scale =
            switch stepScale {
            case .original: max(1, rows / max(columns, 1)).squareRoot()
            case .matchingAdamW: 0.2 * max(rows, columns).squareRoot()
            }
        parameter *= Scalar(1 - step.rate * weightDecay * step.weightDecayScale)
        parameter -= newtonSchulzOrthogonalized(direction) * Scalar(step.rate * scale)
    }
}

/// A matrix with the singular vectors of the given one and singular values near 1, by five steps of a Newton-Schulz
/// iteration `X = a X + (b A + c A²) X`, `A = X Xᵀ`, whose coefficients make small singular values grow fastest
/// (Jordan et al. 2024).
func newtonSchulzOrthogonalized<Scalar: FloatingTensorScalar>(_ matrix: Tensor<Scalar>) -> Tensor<Scalar> {
    if matrix.isEmpty { return matrix }
    let (a, b, c): (Scalar, Scalar, Scalar) = (3.4445, -4.7750, 2.0315)
    // The products are of the size of the shorter side.
    let isTall = matrix.shape[0] > matrix.shape[1]
    var x = isTall ? matrix.transposed() : matrix
    x = x / (x.norm().scalar + Scalar(1e-7))
    for _ in 0..<5 {
        let gram = x • x.transposed()
        x = x * a + (gram * b + (gram • gram) * c) • x
    }
    return isTall ? x.transposed() : x
}

import Autograd
import Glibc
import Tensor

/// Adafactor: Adam's step size from the row and column means of squared gradients, so that a matrix needs memory for
/// its edges only (Shazeer & Stern, arXiv 1804.04235, algorithms 4 and 5, in the form of `torch.optim.Adafactor`).
///
/// `alpha = max(scaleFloor, rms(p)) min(rate, 1 / sqrt(t))`, `v` runs with `beta2_t = 1 - t^decayPower`; for matrices
/// `v = rowMeans columnMeans / mean(rowMeans)` over the last two axes. `u = g / sqrt(v)`,
/// `p = (1 - rate weightDecay) p - alpha u / max(1, rms(u) / clippingThreshold)`.
public struct Adafactor<Scalar: FloatingTensorScalar>: Optimizer {
    /// The rate that the schedule multiplies.
    public var learningRate: Double
    /// The multiplier of the learning rate for each update.
    public var schedule: Schedule
    /// Exceptions for some parameters.
    public var groups: [ParameterGroup]
    /// The number of updates so far and what is remembered.
    public var state = OptimizerState<Memory>()

    /// The exponent of the step number in the weight of new squares; negative.
    public var decayPower: Double
    /// The least root mean square that a parameter counts with.
    public var scaleFloor: Double
    /// The root mean square above which a step is shortened.
    public var clippingThreshold: Double
    /// How much a parameter shrinks, times the learning rate.
    public var weightDecay: Double

    /// Creates the rule.
    public init(
        learningRate: Double = 0.01, decayPower: Double = -0.8, scaleFloor: Double = 1e-3,
        clippingThreshold: Double = 1,
        weightDecay: Double = 0, schedule: Schedule = .constant, groups: [ParameterGroup] = []
    ) {
        requireHyperparameter(learningRate >= 0, "learning rate", learningRate)
        requireHyperparameter(decayPower <= 0, "power of the decay", decayPower)
        requireHyperparameter(clippingThreshold > 0, "clipping threshold", clippingThreshold)
        self.learningRate = learningRate
        self.decayPower = decayPower
        self.scaleFloor = scaleFloor
        self.clippingThreshold = clippingThreshold
        self.weightDecay = weightDecay
        self.schedule = schedule
        self.groups = groups
    }

    /// The running mean of squares of a vector, or of the rows (`[..., rows, 1]`) and columns (`[..., 1, columns]`)
    /// of a matrix.
    public struct Memory: Parameterized {
        var square: Tensor<Scalar>?
        var rows: Tensor<Scalar>?
        var columns: Tensor<Scalar>?

        /// Shows what there is.
        public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {
            visitor.visitBuffer("square", &square)
            visitor.visitBuffer("rows", &rows)
            visitor.visitBuffer("columns", &columns)
        }
    }

    /// What is remembered for a parameter before the first update: zeros.
    public func initialMemory(for path: String, shape: TensorShape) -> Memory {
        guard shape.rank > 1 else { return Memory(square: Tensor(zeros: shape)) }
        var (rows, columns) = (Array(shape), Array(shape))
        rows[shape.rank - 1] = 1
        columns[shape.rank - 2] = 1
        return Memory(rows: Tensor(zeros: TensorShape(rows)), columns: Tensor(zeros: TensorShape(columns)))
    }

    /// Changes one parameter by the formula above.
    public func update(
        _ parameter: inout Tensor<Scalar>, along gradient: Tensor<Scalar>, memory: inout Memory, in step: UpdateStep
    ) {
        if parameter.isEmpty { return }
        let t = Double(step.number)
        let kept = 1 - pow(t, decayPower)
        let scale = max(scaleFloor, rootMeanSquare(parameter)) * min(step.rate, 1 / t.squareRoot())
        let decay = weightDecay * step.weightDecayScale
        if decay != 0 { parameter *= Scalar(1 - step.rate * decay) }

        // The machine epsilon, torch's default for the first of its two epsilons.
        let floor = Scalar.ulpOfOne
        let squares = gradient.squared()
        memory.square?.blend(squares, keeping: kept)
        memory.rows?.blend(squares.mean(axis: -1, keepDimensions: true), keeping: kept)
        memory.columns?.blend(squares.mean(axis: -2, keepDimensions: true), keeping: kept)
        let variance: Tensor<Scalar>
        if let rows = memory.rows, let columns = memory.columns {
            variance = rows * columns / rows.mean(axis: -2, keepDimensions: true).maximum(Tensor(floor))
        } else {
            variance = memory.square ?? squares
        }
        let direction = gradient / variance.maximum(Tensor(floor * floor)).sqrt()
        let excess = max(1, rootMeanSquare(direction) / clippingThreshold)
        parameter -= direction * Scalar(scale / excess)
    }

    private func rootMeanSquare(_ tensor: Tensor<Scalar>) -> Double {
        Double(tensor.norm().scalar) / Double(tensor.count).squareRoot()
    }
}

import Autograd
import NN
import Tensor

/// Implicit MAML (Rajeswaran et al., arXiv 1909.04630, equation 6): the inner problem
/// φ = argmin L_S(φ) + λ/2 |φ - θ|² has the meta-gradient (I + H_S(φ)/λ)⁻¹ ∇L_Q(φ), which does not depend on the path
/// there. It is as good as φ and the conjugate gradients are near their ends, after the steps that are given.
public struct IMAML: MetaLearner {
    /// The strength of the pull towards the initial parameters, λ.
    public var lambda: Double
    /// The most inner steps of gradient descent.
    public var innerSteps: Int
    /// The rate of inner steps.
    public var innerRate: Double
    /// The length of the inner problem's gradient that ends the inner loop.
    public var tolerance: Double
    /// The most steps of conjugate gradients.
    public var conjugateSteps: Int
    /// Added to λ in the linear system.
    public var damping: Double

    /// Describes a learner; λ must be positive.
    public init(
        lambda: Double = 2, innerSteps: Int = 16, innerRate: Double = 0.1, tolerance: Double = 0,
        conjugateSteps: Int = 5, damping: Double = 0
    ) {
        guard lambda > 0 else { trap("IMAML: lambda, \(lambda), is not positive") }
        self.lambda = lambda
        self.innerSteps = innerSteps
        self.innerRate = innerRate
        self.tolerance = tolerance
        self.conjugateSteps = conjugateSteps
        self.damping = damping
    }

    /// The settings by name.
    public var settings: [String: String] {
        [
            "lambda": "\(lambda)", "innerSteps": "\(innerSteps)", "innerRate": "\(innerRate)",
            "tolerance": "\(tolerance)", "conjugateSteps": "\(conjugateSteps)", "damping": "\(damping)",
        ]
    }

    /// The loss on the query set at the inner problem's solution, and the implicit gradient.
    ///
    /// - Throws: ``MetaLearningError/indefiniteHessian(curvature:lambda:)`` where λ is too small.
    public func taskGradient<Model: Layer>(
        at parameters: MetaParameters<Model>, on task: MetaTask<Model.Scalar>, iteration: Int
    ) throws(MetaLearningError) -> TaskGradient<Model> {
        let adapted = try adapt(parameters, to: task.support)
        let (loss, slope) = valueAndGradient(at: adapted) { task.query.loss(of: $0) }
        guard loss.scalar.isFinite else { throw .diverged(step: innerSteps) }
        let scale = Model.Scalar(1 / (lambda + damping))
        let (solution, badCurvature) = conjugateGradient(flattened(slope), steps: conjugateSteps) { vector in
            let direction = unflattened(vector, like: adapted)
            let product = hvp({ task.support.loss(of: $0) }, at: adapted, along: direction).product
            return vector + flattened(product) * scale
        }
        if let badCurvature { throw .indefiniteHessian(curvature: badCurvature, lambda: lambda) }
        var gradient = parameters.detached()
        gradient.model = unflattened(solution, like: adapted)
        return TaskGradient(queryLoss: Double(loss.scalar), gradient: gradient)
    }

    /// The solution of the inner problem.
    public func adapt<Model: Layer>(
        _ parameters: MetaParameters<Model>, to support: Examples<Model.Scalar>, steps: Int? = nil
    ) throws(MetaLearningError) -> Model {
        let start = parameters.model.detached()
        var model = start
        for step in 0..<(steps ?? innerSteps) {
            let (loss, slope) = valueAndGradient(at: model) { support.loss(of: $0) }
            guard loss.scalar.isFinite else { throw .diverged(step: step + 1) }
            let pulls = zip(model.parameters, start.parameters).map { ($0 - $1) * Model.Scalar(lambda) }
            let slopes = zip(slope.parameters, pulls).map { $0 + $1 }
            let length = slopes.reduce(0.0) { $0 + Double($1.squared().sum().scalar) }.squareRoot()
            if length <= tolerance { break }
            model.replaceParameters(zip(model.parameters, slopes).map { $0 - $1 * Model.Scalar(innerRate) })
        }
        return model
    }

    /// The adapted model's output.
    public func outputs<Model: Layer>(
        _ parameters: MetaParameters<Model>, for inputs: Tensor<Model.Scalar>, support: Examples<Model.Scalar>,
        steps: Int?
    ) throws(MetaLearningError) -> Tensor<Model.Scalar> {
        try adapt(parameters, to: support, steps: steps)(Variable(inputs)).value
    }
}

/// All parameters in one row, `[n]`, in visiting order.
func flattened<Model: Parameterized>(_ model: Model) -> Tensor<Model.Scalar> {
    Variable.concatenated(model.detached().parameters.map { $0.flattened() }).value
}

/// A model with its parameters from one row.
func unflattened<Model: Parameterized>(_ row: Tensor<Model.Scalar>, like model: Model) -> Model {
    var result = model
    let whole = Variable(row)
    var start = 0
    result.updateParameters { _, parameter in
        let count = parameter.count
        parameter = whole.narrowed(axis: 0, from: start, count: count).reshaped(parameter.shape)
        start += count
    }
    return result
}

import Autograd
import NN
import Tensor

/// Reptile: move towards the parameters that plain training on each task ends at (Nichol et al., arXiv 1803.02999).
///
/// The direction of a task is θ - U_K(θ), so that `SGD` with the rate ε makes θ ← θ + ε mean(U_K(θ) - θ); a schedule
/// lowers ε. The inner steps descend the loss of the whole support set.
public struct Reptile: MetaLearner {
    /// How inner steps follow the gradient.
    public enum InnerRule: Sendable, Hashable {
        /// θ - rate ∇L.
        case descent
        /// Adam without a mean of gradients, β₁ = 0, as in the paper's experiments; each task starts with no memory.
        case adam(beta2: Double = 0.999, epsilon: Double = 1e-8)
    }

    /// The number of inner steps, K.
    public var innerSteps: Int
    /// Their rate.
    public var innerRate: Double
    /// How they follow the gradient.
    public var innerRule: InnerRule

    /// Describes a learner.
    public init(innerSteps: Int = 5, innerRate: Double = 0.01, innerRule: InnerRule = .descent) {
        guard innerSteps >= 0 else { trap("Reptile: the number of inner steps, \(innerSteps), is negative") }
        self.innerSteps = innerSteps
        self.innerRate = innerRate
        self.innerRule = innerRule
    }

    /// The settings by name.
    public var settings: [String: String] {
        ["innerSteps": "\(innerSteps)", "innerRate": "\(innerRate)", "innerRule": "\(innerRule)"]
    }

    /// The model after inner steps on a support set; the parameters are unchanged.
    ///
    /// - Throws: ``MetaLearningError/diverged(step:)``.
    public func adapt<Model: Layer>(
        _ parameters: MetaParameters<Model>, to support: Examples<Model.Scalar>, steps: Int? = nil
    ) throws(MetaLearningError) -> Model {
        let count = steps ?? innerSteps
        guard case .adam(let beta2, let epsilon) = innerRule else {
            return try MAML(order: .first, innerSteps: count, innerRate: innerRate).adapt(parameters, to: support)
        }
        var model = parameters.model.detached()
        var rule = Adam<Model.Scalar>(learningRate: innerRate, betas: (0, beta2), epsilon: epsilon)
        for step in 0..<count {
            let (loss, slope) = valueAndGradient(at: model) { support.loss(of: $0) }
            guard loss.scalar.isFinite else { throw .diverged(step: step + 1) }
            rule.update(&model, along: slope)
        }
        return model
    }

    /// The loss on the query set after adaptation, and the way back from the adapted parameters.
    public func taskGradient<Model: Layer>(
        at parameters: MetaParameters<Model>, on task: MetaTask<Model.Scalar>, iteration: Int
    ) throws(MetaLearningError) -> TaskGradient<Model> {
        let adapted = try adapt(parameters, to: task.support)
        var gradient = parameters.detached()
        gradient.model.replaceParameters(zip(gradient.model.parameters, adapted.parameters).map { $0 - $1 })
        let loss = Double(task.query.loss(of: adapted).scalar)
        guard loss.isFinite else { throw .diverged(step: innerSteps) }
        return TaskGradient(queryLoss: loss, gradient: gradient)
    }

    /// The adapted model's output.
    public func outputs<Model: Layer>(
        _ parameters: MetaParameters<Model>, for inputs: Tensor<Model.Scalar>, support: Examples<Model.Scalar>,
        steps: Int?
    ) throws(MetaLearningError) -> Tensor<Model.Scalar> {
        try adapt(parameters, to: support, steps: steps)(Variable(inputs)).value
    }
}

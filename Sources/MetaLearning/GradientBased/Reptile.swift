import Autograd
import NN
import Tensor

/// Reptile: move towards the parameters that plain training on each task ends at (Nichol et al., arXiv 1803.02999).
///
/// The direction of a task is θ - U_K(θ), so that `SGD` with the rate ε makes θ ← θ + ε mean(U_K(θ) - θ); a schedule
/// lowers ε. The inner steps are gradient descent on the support set.
public struct Reptile: MetaLearner {
    /// The inner loop.
    private let loop: MAML

    /// Describes a learner.
    public init(innerSteps: Int = 5, innerRate: Double = 0.01) {
        loop = MAML(order: .first, innerSteps: innerSteps, innerRate: innerRate)
    }

    /// The loss on the query set after adaptation, and the way back from the adapted parameters.
    public func taskGradient<Model: Layer>(
        at parameters: MetaParameters<Model>, on task: MetaTask<Model.Scalar>, iteration: Int
    ) throws(MetaLearningError) -> TaskGradient<Model> {
        let adapted = try loop.adapt(parameters, to: task.support)
        var gradient = parameters.detached()
        gradient.model.replaceParameters(zip(gradient.model.parameters, adapted.parameters).map { $0 - $1 })
        let loss = Double(task.query.loss(of: adapted).scalar)
        guard loss.isFinite else { throw .diverged(step: loop.innerSteps) }
        return TaskGradient(queryLoss: loss, gradient: gradient)
    }

    /// The adapted model's output.
    public func outputs<Model: Layer>(
        _ parameters: MetaParameters<Model>, for inputs: Tensor<Model.Scalar>, support: Examples<Model.Scalar>,
        steps: Int?
    ) throws(MetaLearningError) -> Tensor<Model.Scalar> {
        try loop.outputs(parameters, for: inputs, support: support, steps: steps)
    }
}

import Autograd
import NN
import Tensor

/// Matching networks without full context embeddings (Vinyals et al., arXiv 1606.04080, equation 1): the probability of
/// a class is the attention that a query pays to its support, a softmax over cosines of embeddings.
///
/// The model is the embedding, `[n, ...]` to `[n, d]`.
public struct MatchingNet: MetaLearner {
    /// Describes a learner.
    public init() {}

    /// There are no settings.
    public var settings: [String: String] { [:] }

    /// The attention of queries to the support, `[n, support]`.
    public func attention<Model: Layer>(
        of model: Model, for inputs: Tensor<Model.Scalar>, support: Examples<Model.Scalar>
    ) -> Variable<Model.Scalar> {
        let keys = model(Variable(support.inputs)).rowsOfUnitLength()
        return model(Variable(inputs)).rowsOfUnitLength().matmul(keys.transposed()).softmax()
    }

    /// The logarithms of the probabilities of the classes, `[n, ways]`, which are their logits too.
    public func logProbabilities<Model: Layer>(
        of model: Model, for inputs: Tensor<Model.Scalar>, support: Examples<Model.Scalar>
    ) throws(MetaLearningError) -> Variable<Model.Scalar> {
        let classes = try SupportClasses(support.targets)
        let probabilities = attention(of: model, for: inputs, support: support).matmul(Variable(classes.membership))
        return probabilities.maximum(Variable(1e-8)).log()
    }

    /// -log p of the queries' classes and its gradient.
    public func taskGradient<Model: Layer>(
        at parameters: MetaParameters<Model>, on task: MetaTask<Model.Scalar>, iteration: Int
    ) throws(MetaLearningError) -> TaskGradient<Model> {
        let labels = try SupportClasses(task.support.targets).labels(of: task.query.targets)
        let (loss, gradient) = try rethrowing {
            try valueAndGradient(at: parameters.model) { model in
                negativeLogLikelihood(
                    try logProbabilities(of: model, for: task.query.inputs, support: task.support), labels)
            }
        }
        return TaskGradient(queryLoss: Double(loss.scalar), gradient: MetaParameters(model: gradient))
    }

    /// The logarithms of the probabilities, `[n, ways]`.
    public func outputs<Model: Layer>(
        _ parameters: MetaParameters<Model>, for inputs: Tensor<Model.Scalar>, support: Examples<Model.Scalar>,
        steps: Int?
    ) throws(MetaLearningError) -> Tensor<Model.Scalar> {
        try logProbabilities(of: parameters.model.detached(), for: inputs, support: support).value
    }
}

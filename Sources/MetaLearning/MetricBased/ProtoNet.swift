import Autograd
import NN
import Tensor

/// Prototypical networks (Snell et al., arXiv 1703.05175, equations 1 and 2): a class is the mean embedding of its
/// support, and a query belongs to the nearest.
///
/// The model is the embedding, `[n, ...]` to `[n, d]`.
public struct ProtoNet: MetaLearner {
    /// How near two embeddings are.
    public enum Similarity: Sendable, Hashable {
        /// -‖a - b‖².
        case squaredDistance
        /// scale · cos(a, b).
        case cosine(scale: Double = 10)
    }

    /// How near an embedding is to a prototype.
    public var similarity: Similarity

    /// Describes a learner.
    public init(similarity: Similarity = .squaredDistance) {
        self.similarity = similarity
    }

    /// The settings by name.
    public var settings: [String: String] { ["similarity": "\(similarity)"] }

    /// The prototypes: the mean embedding of each class, `[ways, d]`.
    public func prototypes<Model: Layer>(
        of model: Model, support: Examples<Model.Scalar>
    ) throws(MetaLearningError) -> Variable<Model.Scalar> {
        try SupportClasses(support.targets).means(of: model(Variable(support.inputs)))
    }

    /// The logits of queries, `[n, ways]`.
    public func logits<Model: Layer>(
        of model: Model, for inputs: Tensor<Model.Scalar>, support: Examples<Model.Scalar>
    ) throws(MetaLearningError) -> Variable<Model.Scalar> {
        let centres = try prototypes(of: model, support: support)
        let queries = model(Variable(inputs))
        switch similarity {
        case .squaredDistance:
            return -(queries.unsqueezed(1) - centres.unsqueezed(0)).squared().sum(axis: 2)
        case .cosine(let scale):
            return queries.rowsOfUnitLength().matmul(centres.rowsOfUnitLength().transposed()) * Model.Scalar(scale)
        }
    }

    /// The cross-entropy of the queries and its gradient.
    public func taskGradient<Model: Layer>(
        at parameters: MetaParameters<Model>, on task: MetaTask<Model.Scalar>, iteration: Int
    ) throws(MetaLearningError) -> TaskGradient<Model> {
        let labels = try SupportClasses(task.support.targets).labels(of: task.query.targets)
        let (loss, gradient) = try rethrowing {
            try valueAndGradient(at: parameters.model) { model in
                crossEntropy(try logits(of: model, for: task.query.inputs, support: task.support), labels)
            }
        }
        return TaskGradient(queryLoss: Double(loss.scalar), gradient: MetaParameters(model: gradient))
    }

    /// The logits of inputs, `[n, ways]`.
    public func outputs<Model: Layer>(
        _ parameters: MetaParameters<Model>, for inputs: Tensor<Model.Scalar>, support: Examples<Model.Scalar>,
        steps: Int?
    ) throws(MetaLearningError) -> Tensor<Model.Scalar> {
        try logits(of: parameters.model.detached(), for: inputs, support: support).value
    }
}

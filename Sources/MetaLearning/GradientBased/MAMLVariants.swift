import Autograd
import NN
import Tensor

/// A learner that is MAML with particular settings.
public protocol MAMLVariant: MetaLearner {
    /// The settings.
    var maml: MAML { get }
}

extension MAMLVariant {
    /// The settings of the MAML that it is, by name.
    public var settings: [String: String] { maml.settings }

    /// The model, and the rates if they are learned.
    public func metaParameters<Model: Layer>(for model: Model) -> MetaParameters<Model> {
        maml.metaParameters(for: model)
    }

    /// The loss on the query set after adaptation, and its gradient.
    public func taskGradient<Model: Layer>(
        at parameters: MetaParameters<Model>, on task: MetaTask<Model.Scalar>, iteration: Int
    ) throws(MetaLearningError) -> TaskGradient<Model> {
        try maml.taskGradient(at: parameters, on: task, iteration: iteration)
    }

    /// The tasks' mean by one computation, where the model allows it.
    public func batchGradient<Model: Layer>(
        at parameters: MetaParameters<Model>, on tasks: [MetaTask<Model.Scalar>], iteration: Int
    ) -> TaskGradient<Model>? {
        maml.batchGradient(at: parameters, on: tasks, iteration: iteration)
    }

    /// The adapted model's output.
    public func outputs<Model: Layer>(
        _ parameters: MetaParameters<Model>, for inputs: Tensor<Model.Scalar>, support: Examples<Model.Scalar>,
        steps: Int?
    ) throws(MetaLearningError) -> Tensor<Model.Scalar> {
        try maml.outputs(parameters, for: inputs, support: support, steps: steps)
    }
}

/// First-order MAML: ∇L_Q at the adapted parameters, applied to the initial ones (arXiv 1703.03400, section 5.2).
public struct FOMAML: MAMLVariant {
    /// The settings.
    public let maml: MAML

    /// Describes a learner.
    public init(innerSteps: Int = 1, innerRate: Double = 0.01) {
        maml = MAML(order: .first, innerSteps: innerSteps, innerRate: innerRate)
    }
}

/// Almost no inner loop: only the head is adapted, everything gets the meta-gradient (Raghu et al., arXiv 1909.09157).
public struct ANIL: MAMLVariant {
    /// The settings.
    public let maml: MAML

    /// Describes a learner that adapts the part of the model with the path `head`.
    public init(head: String, innerSteps: Int = 1, innerRate: Double = 0.01) {
        maml = MAML(innerSteps: innerSteps, innerRate: innerRate, adapts: .part(head))
    }
}

/// Body only update in the inner loop: everything but the head is adapted (Oh et al., arXiv 2008.08882).
public struct BOIL: MAMLVariant {
    /// The settings.
    public let maml: MAML

    /// Describes a learner that adapts all but the part of the model with the path `head`.
    public init(head: String, innerSteps: Int = 1, innerRate: Double = 0.01) {
        maml = MAML(innerSteps: innerSteps, innerRate: innerRate, adapts: .outside(head))
    }
}

/// Meta-SGD: MAML with a learned rate for every element of every parameter (Li et al., arXiv 1707.09835).
public struct MetaSGD: MAMLVariant {
    /// The settings.
    public let maml: MAML

    /// Describes a learner; rates may become negative unless `isPositive`.
    public init(innerSteps: Int = 1, initialRate: Double = 0.01, isPositive: Bool = false) {
        maml = MAML(innerSteps: innerSteps, innerRate: initialRate, rates: .elementwise(isPositive: isPositive))
    }
}

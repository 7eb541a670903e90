import Autograd
import NN
import Tensor

/// Model-agnostic meta-learning (Finn et al., arXiv 1703.03400, algorithm 1): find parameters from which few gradient
/// steps on a support set do well on the query set.
///
/// With θ⁰ = θ and θᵏ⁺¹ = θᵏ - a ∇L_S(θᵏ), the gradient of a task is that of L_Q(θᴷ) by θ. The second order goes through
/// the steps; the first order (FOMAML) takes ∇L_Q at θᴷ. The second order comes in two equal forms: one tape over all
/// steps, whose memory grows with the activations of every step, or one Hessian-vector product for each step in reverse,
/// which keeps a copy of the parameters for each step only.
///
/// ```swift
/// let learner = MAML(innerSteps: 1, innerRate: 0.01)
/// let adapted = try learner.adapt(learner.metaParameters(for: net), to: task.support, steps: 5)
/// ```
public struct MAML: MetaLearner {
    /// Whether the meta-gradient goes through the inner steps.
    public enum Order: Sendable, Hashable {
        /// Inner gradients are constants.
        case first
        /// Inner gradients depend on the parameters.
        case second
    }

    /// How the second order is computed.
    public enum Method: Sendable, Hashable {
        /// Nested gradients on one tape.
        case nestedGradients
        /// One Hessian-vector product for each inner step, last to first.
        case hessianVectorProducts
    }

    /// Whether the meta-gradient goes through the inner steps.
    public var order: Order
    /// How the second order is computed.
    public var method: Method
    /// The number of inner steps in training, K.
    public var innerSteps: Int
    /// The rate of inner steps, a; where rates are learned, what they start from.
    public var innerRate: Double
    /// The parameters that inner steps change.
    public var adapts: ParameterSelection
    /// Whether rates are learned.
    public var rates: InnerRates
    /// The number of iterations over which the weight of the losses after earlier steps falls to zero; 0 weighs the last
    /// step alone (MAML++, arXiv 1810.09502, section 4).
    public var multiStepIterations: Int
    /// The number of iterations that are of first order before the second order begins (MAML++'s annealing).
    public var firstOrderIterations: Int

    /// Describes a learner.
    public init(
        order: Order = .second, method: Method = .nestedGradients, innerSteps: Int = 1, innerRate: Double = 0.01,
        adapts: ParameterSelection = .all, rates: InnerRates = .fixed, multiStepIterations: Int = 0,
        firstOrderIterations: Int = 0
    ) {
        guard innerSteps >= 0 else { trap("MAML: the number of inner steps, \(innerSteps), is negative") }
        self.order = order
        self.method = method
        self.innerSteps = innerSteps
        self.innerRate = innerRate
        self.adapts = adapts
        self.rates = rates
        self.multiStepIterations = multiStepIterations
        self.firstOrderIterations = firstOrderIterations
    }

    /// The settings by name.
    public var settings: [String: String] {
        [
            "order": "\(order)", "method": "\(method)", "innerSteps": "\(innerSteps)", "innerRate": "\(innerRate)",
            "adapts": "\(adapts)", "rates": "\(rates)", "multiStepIterations": "\(multiStepIterations)",
            "firstOrderIterations": "\(firstOrderIterations)",
        ]
    }

    /// The model, and the rates if they are learned.
    public func metaParameters<Model: Layer>(for model: Model) -> MetaParameters<Model> {
        MetaParameters(
            model: model, rates: rates.initial(innerRate, steps: innerSteps, for: model.detached().parameters))
    }

    /// The loss on the query set after adaptation, and its gradient.
    ///
    /// - Throws: ``MetaLearningError``, as for a part to adapt that the model does not have.
    public func taskGradient<Model: Layer>(
        at parameters: MetaParameters<Model>, on task: MetaTask<Model.Scalar>, iteration: Int
    ) throws(MetaLearningError) -> TaskGradient<Model> {
        try taskGradient(
            at: parameters, iteration: iteration, support: { task.support.loss(of: $0) },
            query: { task.query.loss(of: $0) })
    }

    /// The loss after adaptation and its gradient, for losses of any form.
    ///
    /// - Parameters:
    ///   - parameters: the model and rates to differentiate by.
    ///   - iteration: how many meta-updates were done before.
    ///   - support: the loss that inner steps descend.
    ///   - query: the loss of the adapted model.
    public func taskGradient<Model: Layer>(
        at parameters: MetaParameters<Model>, iteration: Int = 0,
        support: (Model) -> Variable<Model.Scalar>, query: (Model) -> Variable<Model.Scalar>
    ) throws(MetaLearningError) -> TaskGradient<Model> {
        try adapts.requirePart(of: parameters.model)
        let order = iteration < firstOrderIterations ? Order.first : self.order
        if order == .second, method == .hessianVectorProducts {
            return try productGradient(at: parameters, iteration, support, query)
        }
        return try nestedGradient(at: parameters, order, iteration, support, query)
    }

    /// The model after inner steps on a support set; the parameters are unchanged.
    public func adapt<Model: Layer>(
        _ parameters: MetaParameters<Model>, to support: Examples<Model.Scalar>, steps: Int? = nil
    ) throws(MetaLearningError) -> Model {
        try adapts.requirePart(of: parameters.model)
        let learned = parameters.detached()
        var model = learned.model
        for step in 0..<(steps ?? innerSteps) {
            let slope = try supportGradient(at: model, step: step) { support.loss(of: $0) }
            model = stepped(model, along: slope, learned.rates, step: step)
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

    /// The share of the loss after each inner step, the last one's last: all in the last, or spread evenly at first and
    /// moved to the last over ``multiStepIterations``.
    func stepWeights(iteration: Int) -> [Double] {
        guard innerSteps > 0 else { return [] }
        let spread =
            multiStepIterations > 0 ? max(0, 1 - Double(iteration) / Double(multiStepIterations)) : 0
        var weights = Array(repeating: spread / Double(innerSteps), count: innerSteps)
        weights[innerSteps - 1] = 1 - spread * Double(innerSteps - 1) / Double(innerSteps)
        return weights
    }
}

extension Examples {
    /// The mean loss of a model on the examples.
    public func loss<Model: Layer<Scalar>>(of model: Model) -> Variable<Scalar> {
        targets.loss(of: model(Variable(inputs)))
    }
}

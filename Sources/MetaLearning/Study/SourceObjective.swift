import Autograd
import NN
import Tensor

/// The objective of the lung-cancer study (arXiv 2408.09635): the loss of a target batch, and the losses of source
/// batches after one inner step on each,
///
/// J(θ) = α L_T(θ) + (1 − α)/S Σ_s L_Q(θ − a ∇L_S(θ)).
///
/// ```swift
/// let objective = SourceObjective(alpha: 0.5, innerRate: 0.05, variant: .meta(.second))
/// let step = try objective.step(at: network, target: batch, sources: tasks)
/// optimizer.update(&network, along: step.gradient)
/// ```
public struct SourceObjective: Sendable, Hashable {
    /// Whether the sources' losses reach the parameters.
    public enum Variant: Sendable, Hashable {
        /// They do, through the inner step or past it.
        case meta(MAML.Order)
        /// They do not: the published code computes them on fresh copies of the parameters, so that what is descended is
        /// α times the target's gradient alone. Kept to show this.
        case publishedCode
    }

    /// The weight of the target, α.
    public var alpha: Double
    /// The rate of the inner step, a.
    public var innerRate: Double
    /// Whether the sources' losses reach the parameters.
    public var variant: Variant
    /// Whether the sources' losses are averaged; the published code adds them up.
    public var averagesSources: Bool

    /// Describes an objective.
    public init(
        alpha: Double = 0.5, innerRate: Double = 0.05, variant: Variant = .meta(.second), averagesSources: Bool = true
    ) {
        self.alpha = alpha
        self.innerRate = innerRate
        self.variant = variant
        self.averagesSources = averagesSources
    }

    /// The objective at a point.
    public struct Step<Model: Layer>: Sendable {
        /// J.
        public var loss: Double
        /// Its gradient.
        public var gradient: Model
        /// The length of the sources' part of the gradient over that of the target's: 0 says that sources have no say,
        /// infinity that the target has none.
        public var sourceContribution: Double
    }

    /// J and its gradient for one batch of the target and a task of each source.
    ///
    /// - Throws: ``MetaLearningError/diverged(step:)``.
    public func step<Model: Layer>(
        at model: Model, target: Examples<Model.Scalar>, sources: [MetaTask<Model.Scalar>]
    ) throws(MetaLearningError) -> Step<Model> {
        typealias Scalar = Model.Scalar
        let (targetLoss, slope) = valueAndGradient(at: model) { target.loss(of: $0) }
        var loss = alpha * Double(targetLoss.scalar)
        var parts = slope.parameters.map { $0 * Scalar(alpha) }
        let weight = averagesSources ? (1 - alpha) / Double(max(sources.count, 1)) : 1 - alpha
        var sums: [Variable<Scalar>] = []
        switch variant {
        case .publishedCode:
            for source in sources {
                let adapted = try MAML(innerSteps: 1, innerRate: innerRate).adapt(
                    MetaParameters(model: model), to: source.support)
                loss += weight * Double(source.query.loss(of: adapted).scalar)
            }
        case .meta(let order):
            let learner = MAML(order: order, innerSteps: 1, innerRate: innerRate)
            let start = MetaParameters(model: model)
            if let part = learner.batchGradient(at: start, on: sources, iteration: 0) {
                let share = weight * Double(sources.count)
                loss += share * part.queryLoss
                sums = part.gradient.model.parameters.map { $0 * Scalar(share) }
            } else {
                for source in sources {
                    let part = try learner.taskGradient(at: start, on: source, iteration: 0)
                    loss += weight * part.queryLoss
                    let scaled = part.gradient.model.parameters.map { $0 * Scalar(weight) }
                    sums = sums.isEmpty ? scaled : zip(sums, scaled).map { $0 + $1 }
                }
            }
        }
        guard loss.isFinite else { throw .diverged(step: 1) }
        let (own, theirs) = (length(parts), length(sums))
        let contribution = theirs == 0 ? 0 : theirs / own
        if !sums.isEmpty { parts = zip(parts, sums).map { $0 + $1 } }
        var gradient = slope
        gradient.replaceParameters(parts)
        return Step(loss: loss, gradient: gradient, sourceContribution: contribution)
    }

    private func length<Scalar>(_ parts: [Variable<Scalar>]) -> Double {
        parts.reduce(0.0) { $0 + Double($1.squared().sum().scalar) }.squareRoot()
    }
}

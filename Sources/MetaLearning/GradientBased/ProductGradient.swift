import Autograd
import NN
import Tensor

extension MAML {
    /// The meta-gradient by one Hessian-vector product for each inner step, last to first: with v = ∇L_Q(θᴷ),
    /// v ← v - H_S(θᵏ)(rateₖ v). The gradient of a rate is -v ∇L_S(θᵏ). Keeps the parameters of each step only.
    func productGradient<Model: Layer>(
        at parameters: MetaParameters<Model>, _ iteration: Int,
        _ support: (Model) -> Variable<Model.Scalar>, _ query: (Model) -> Variable<Model.Scalar>
    ) throws(MetaLearningError) -> TaskGradient<Model> {
        let learned = parameters.detached()
        var points = [learned.model]
        for step in 0..<innerSteps {
            let slope = try supportGradient(at: points[step], step: step, support)
            points.append(stepped(points[step], along: slope, learned.rates, step: step))
        }
        let (loss, slope) = valueAndGradient(at: points[innerSteps], query)
        guard loss.scalar.isFinite else { throw .diverged(step: innerSteps) }
        let weights = stepWeights(iteration: iteration)
        var v = slope.parameters.map { $0 * Model.Scalar(weights.last ?? 1) }
        let isAdapted = selection(of: learned.model)
        var rateGradients = learned.rates.map { Variable(Tensor<Model.Scalar>(zeros: $0.shape)) }
        for step in stride(from: innerSteps - 1, through: 0, by: -1) {
            let stepRates = rates.rates(of: learned.rates, fixed: innerRate, step: step, count: v.count)
            var direction = learned.model
            direction.replaceParameters(
                v.indices.map {
                    isAdapted[$0] ? stepRates[$0] * v[$0] : Variable(Tensor(zeros: v[$0].shape))
                })
            let (slope, product) = hvp(support, at: points[step], along: direction)
            addRateGradients(of: step, v, slope.parameters, isAdapted, learned.rates, to: &rateGradients)
            v = zip(v, product.parameters).map { $0 - $1 }
            if step > 0, weights[step - 1] != 0 {
                let earlier = valueAndGradient(at: points[step], query).gradient.parameters
                v = zip(v, earlier).map { $0 + $1 * Model.Scalar(weights[step - 1]) }
            }
        }
        var gradient = learned
        gradient.model.replaceParameters(v)
        gradient.rates = rateGradients
        return TaskGradient(queryLoss: Double(loss.scalar), gradient: gradient)
    }

    private func addRateGradients<Scalar>(
        of step: Int, _ v: [Variable<Scalar>], _ slopes: [Variable<Scalar>], _ isAdapted: [Bool],
        _ learned: [Variable<Scalar>], to gradients: inout [Variable<Scalar>]
    ) {
        guard !learned.isEmpty else { return }
        let start = rates.isPerStep ? step * v.count : 0
        for index in v.indices where isAdapted[index] {
            let raw = learned[start + index]
            var part = -(v[index] * slopes[index]).summed(to: raw.shape)
            if rates.isPositive { part = part * raw.sigmoid() }
            gradients[start + index] = gradients[start + index] + part
        }
    }
}

extension InnerRates {
    /// Whether each step has rates of its own.
    var isPerStep: Bool {
        if case .perStep = self { true } else { false }
    }
}

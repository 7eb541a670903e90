import Autograd
import NN
import Tensor

extension MAML {
    /// θᵏ⁺¹ = θᵏ - rate ∇L_S(θᵏ) for the selected parameters; recorded if anything in it is watched.
    func stepped<Model: Layer>(
        _ model: Model, along slope: Model, _ learned: [Variable<Model.Scalar>], step: Int
    ) -> Model {
        let slopes = slope.parameters
        let stepRates = rates.rates(of: learned, fixed: innerRate, step: step, count: slopes.count)
        var position = 0
        var result = model
        result.updateParameters { path, parameter in
            if adapts.contains(path) { parameter = parameter - stepRates[position] * slopes[position] }
            position += 1
        }
        return result
    }

    /// The gradient of the support loss.
    ///
    /// - Throws: ``MetaLearningError/diverged(step:)`` if the loss is NaN or infinite.
    func supportGradient<Model: Layer>(
        at model: Model, step: Int, _ support: (Model) -> Variable<Model.Scalar>
    ) throws(MetaLearningError) -> Model {
        let (loss, slope) = valueAndGradient(at: model, support)
        guard loss.scalar.isFinite else { throw .diverged(step: step + 1) }
        return slope
    }

    /// Which parameters inner steps change, in visiting order.
    func selection<Model: Layer>(of model: Model) -> [Bool] {
        model.namedTensors(includingBuffers: false).map { adapts.contains($0.path) }
    }
}

import Autograd
import NN
import Tensor

extension MAML {
    /// The meta-gradient by differentiating the adaptation itself.
    ///
    /// - Parameter prepare: makes the model that the losses are given from the one that is differentiated by.
    func nestedGradient<Model: Layer>(
        at parameters: MetaParameters<Model>, _ order: Order, _ iteration: Int,
        _ support: (Model) -> Variable<Model.Scalar>, _ query: (Model) -> Variable<Model.Scalar>,
        prepare: (Model) -> Model = { $0 }
    ) throws(MetaLearningError) -> TaskGradient<Model> {
        let weights = stepWeights(iteration: iteration)
        var lastLoss = 0.0
        let gradient = try rethrowing { () throws -> MetaParameters<Model> in
            try valueAndGradient(at: parameters) { parameters in
                var model = prepare(parameters.model)
                var total = Variable<Model.Scalar>(0)
                for step in 0..<innerSteps {
                    // A constant model's gradient is a constant: that is the first order.
                    let point = order == .first ? model.detached() : model
                    let slope = try supportGradient(at: point, step: step, support)
                    model = stepped(model, along: slope, parameters.rates, step: step)
                    if weights[step] != 0 {
                        let loss = query(model)
                        lastLoss = Double(loss.scalar)
                        total = total + loss * Model.Scalar(weights[step])
                    }
                }
                if innerSteps == 0 {
                    total = query(model)
                    lastLoss = Double(total.scalar)
                }
                return total
            }.gradient
        }
        guard lastLoss.isFinite else { throw .diverged(step: innerSteps) }
        return TaskGradient(queryLoss: lastLoss, gradient: gradient)
    }
}

/// Gives the errors of code between transforms, which rethrow any error, their type back.
func rethrowing<Result>(_ body: () throws -> Result) throws(MetaLearningError) -> Result {
    do {
        return try body()
    } catch let error as MetaLearningError {
        throw error
    } catch {
        trap("an inner loop threw \(error), which is no MetaLearningError")
    }
}

import Autograd
import Tensor

extension TransformerModel {
    /// The model with every adapter made part of the weights that it adapts.
    ///
    /// Quantised weights that have an adapter become numbers.
    public func merged() -> TransformerModel {
        var result = self
        result.updateProjections { _, projection in
            guard let adapter = projection.adapter else { return }
            let change = projection.inputsFirst ? adapter.product.transposed() : adapter.product
            let weight = WeightMatrix(Variable(projection.weight.values + change))
            projection = Projection(weight: weight, bias: projection.bias, inputsFirst: projection.inputsFirst)
        }
        return result
    }

    /// The model without its adapters.
    public func withoutAdapters() -> TransformerModel {
        var result = self
        result.updateProjections { _, projection in projection.adapter = nil }
        return result
    }
}

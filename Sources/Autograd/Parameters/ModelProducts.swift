import Tensor

/// The gradient of a model's loss, and the product of the loss's Hessian with a vector of the model's structure.
///
/// Reverse over reverse: the gradient's inner product with the vector is differentiated again (Pearlmutter, Neural
/// Computation 6, 1994). Costs about two gradients; the Hessian is never formed. Traps if the vector has other parameters
/// than the model.
public func hvp<Model: Parameterized>(
    _ loss: (Model) throws -> Variable<Model.Scalar>, at model: Model, along vector: Model
) rethrows -> (gradient: Model, product: Model) {
    let direction = vector.parameters
    var slope = model
    let product = try valueAndGradient(at: model) { model in
        let gradient = try valueAndGradient(at: model, loss).gradient
        slope = gradient.detached()
        return gradient.innerProduct(with: direction)
    }.gradient
    return (slope, product)
}

extension Parameterized {
    /// The sum of the products of this model's parameters with values of the same shapes, in visiting order.
    func innerProduct(with values: [Variable<Scalar>]) -> Variable<Scalar> {
        let own = parameters
        guard own.count == values.count else {
            trap("innerProduct: \(values.count) values do not match the model's \(own.count) parameters")
        }
        var total = Variable<Scalar>(0)
        for (a, b) in zip(own, values) {
            guard a.shape == b.shape else { trap("innerProduct: the shapes \(a.shape) and \(b.shape) differ") }
            total = total + (a * b).sum()
        }
        return total
    }
}

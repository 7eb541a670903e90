import Tensor

/// The value of a function and its pullback: the map from a cotangent of the result to the gradients of the inputs.
///
/// The pullback may be called any number of times; a cotangent of another shape than the result traps. The record of the
/// function lives as long as the pullback.
public func vjp<Scalar>(
    _ function: ([Variable<Scalar>]) throws -> Variable<Scalar>, at variables: [Variable<Scalar>]
) rethrows -> (value: Variable<Scalar>, pullback: (Variable<Scalar>) -> [Variable<Scalar>]) {
    var watch = Watch<Scalar>()
    let inputs = variables.map { watch.watch($0) }
    let result = try function(inputs)
    let finished = watch
    let pullback: (Variable<Scalar>) -> [Variable<Scalar>] = { cotangent in
        guard cotangent.shape == result.shape else {
            trap("vjp: the cotangent has shape \(cotangent.shape), the function's result \(result.shape)")
        }
        finished.pullBack(result, cotangent, keepingGraph: true)
        return finished.nodes.indices.map {
            let gradient = finished.gradient($0)
            return cotangent.isTracked ? gradient : finished.released(gradient)
        }
    }
    return (watch.released(result), pullback)
}

/// The value of a function of one variable and its pullback.
public func vjp<Scalar>(
    _ function: (Variable<Scalar>) throws -> Variable<Scalar>, at x: Variable<Scalar>
) rethrows -> (value: Variable<Scalar>, pullback: (Variable<Scalar>) -> Variable<Scalar>) {
    let (value, pullback) = try vjp({ try function($0[0]) }, at: [x])
    return (value, { pullback($0)[0] })
}

/// The value of a function and its directional derivative: the Jacobian times a tangent, of the result's shape.
///
/// Computed by two reverse passes: the pullback is linear in its cotangent, and its derivative is the wanted product.
public func jvp<Scalar>(
    _ function: (Variable<Scalar>) throws -> Variable<Scalar>, at x: Variable<Scalar>, along tangent: Variable<Scalar>
) rethrows -> (value: Variable<Scalar>, tangent: Variable<Scalar>) {
    guard tangent.shape == x.shape else {
        trap("jvp: the tangent has shape \(tangent.shape), the variable \(x.shape)")
    }
    var watch = Watch<Scalar>()
    let result = try function(watch.watch(x))
    var inner = Watch<Scalar>()
    let cotangent = inner.watch(Variable(Tensor(zeros: result.shape)))
    watch.pullBack(result, cotangent, keepingGraph: true)
    let product = (watch.gradient(0) * tangent).sum()
    inner.pullBack(product, Variable(Tensor(ones: [])), keepingGraph: true)
    return (watch.released(result), watch.released(inner.gradient(0)))
}

/// The gradient of a function that returns one number, and the product of its Hessian with a vector.
///
/// Reverse over reverse: the gradient's inner product with the vector is differentiated again.
public func hvp<Scalar>(
    _ function: (Variable<Scalar>) throws -> Variable<Scalar>, at x: Variable<Scalar>, along vector: Variable<Scalar>
) rethrows -> (gradient: Variable<Scalar>, product: Variable<Scalar>) {
    guard vector.shape == x.shape else {
        trap("hvp: the vector has shape \(vector.shape), the variable \(x.shape)")
    }
    var watch = Watch<Scalar>()
    let slope = try gradient(at: watch.watch(x), function)
    watch.pullBack((slope * vector).sum(), Variable(Tensor(ones: [])))
    return (watch.released(slope), watch.released(watch.gradient(0)))
}

/// The Jacobian of a function: `[result shape..., x shape...]`, one reverse pass for each element of the result.
public func jacobian<Scalar>(
    _ function: (Variable<Scalar>) throws -> Variable<Scalar>, at x: Variable<Scalar>
) rethrows -> Tensor<Scalar> {
    let (value, pullback) = try vjp(function, at: x)
    var rows: [Scalar] = []
    rows.reserveCapacity(value.count * x.count)
    for position in 0..<value.count {
        var cotangent = Tensor<Scalar>(zeros: value.shape)
        cotangent.withUnsafeMutableBufferPointer { $0[position] = 1 }
        rows += pullback(Variable(cotangent)).value.array
    }
    return Tensor(rows, shape: TensorShape(Array(value.shape) + Array(x.shape)))
}

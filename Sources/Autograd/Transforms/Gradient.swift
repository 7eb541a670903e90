import Tensor

// Every transform re-roots its inputs: each becomes a fresh node that keeps a link to the node it had. Gradients stop at
// the fresh nodes; if the result leads to anything older than the transform, an enclosing transform watches it, and then
// the derivative is recorded too, so that it can be differentiated again.

/// The beginning of a transform: input nodes have the numbers in a closed block.
struct Watch<Scalar: FloatingTensorScalar> {
    private let start = NodeNumber.next()
    private(set) var nodes: [Node<Scalar>] = []

    /// The variable, watched from now on.
    ///
    /// - Parameter countingUses: whether a backward pass shall know when the input's gradient is complete.
    mutating func watch(_ variable: Variable<Scalar>, countingUses: Bool = false) -> Variable<Scalar> {
        let uses = countingUses ? PendingUses() : nil
        let node = Node<Scalar>("input", variable.shape, variable.node, pendingUses: uses) { gradient, pass in
            pass.send(to: 0) { gradient }
        }
        nodes.append(node)
        return Variable(variable.value, node: node)
    }

    /// Runs a backward pass from a result and leaves the gradients in the input nodes.
    ///
    /// - Parameters:
    ///   - keepingGraph: allow further passes over the same record.
    ///   - completed: called with the position and the gradient of an input that counts its uses once it is complete.
    func pullBack(
        _ result: Variable<Scalar>, _ cotangent: Variable<Scalar>, keepingGraph: Bool = false,
        completed: ((Int, Variable<Scalar>) -> Void)? = nil
    ) {
        guard let node = result.node, node.id >= start else { return }
        let isWatched = node.oldest < start || cotangent.isTracked
        let end = nodes.last.map { $0.id + 1 } ?? start
        let pass = BackwardPass(
            from: node, start: start, recordsGradient: isWatched, releasesRules: !isWatched && !keepingGraph)
        guard let completed, let first = nodes.first?.id, !isWatched else {
            pass.run(seed: cotangent, inputs: start..<end)
            return
        }
        // Inputs have consecutive numbers unless other threads made nodes meanwhile.
        pass.run(seed: cotangent, inputs: start..<end) { node in
            let guess = Int(node.id - first)
            let index = guess < nodes.count && nodes[guess] === node ? guess : nodes.firstIndex { $0 === node }
            if let index, let gradient = node.takeGradient() { completed(index, gradient) }
        }
    }

    /// The gradient that reached an input; zeros if none did.
    func gradient(_ index: Int) -> Variable<Scalar> {
        nodes[index].takeGradient() ?? Variable(Tensor(zeros: nodes[index].shape))
    }

    /// A value as the transform hands it out: still recorded if it leads to something that an enclosing transform
    /// watches, else a constant.
    func released(_ variable: Variable<Scalar>) -> Variable<Scalar> {
        guard let node = variable.node, node.oldest >= start else { return variable }
        return variable.detached()
    }
}

func requireScalar<Scalar>(_ result: Variable<Scalar>, _ transform: StaticString) {
    guard result.count == 1 else {
        trap("\(transform): the function returned a value of shape \(result.shape); a gradient needs a single number")
    }
}

/// The value of a function that returns one number, and its gradient.
///
/// - Parameters:
///   - x: where to differentiate.
///   - function: the function; its result must have one element, or the call traps.
/// - Returns: the value (of the function's own shape), and the gradient, of the shape of `x`.
public func valueAndGradient<Scalar>(
    at x: Variable<Scalar>, _ function: (Variable<Scalar>) throws -> Variable<Scalar>
) rethrows -> (value: Variable<Scalar>, gradient: Variable<Scalar>) {
    var watch = Watch<Scalar>()
    let result = try function(watch.watch(x))
    requireScalar(result, "valueAndGradient")
    watch.pullBack(result, Variable(Tensor(ones: result.shape)))
    return (watch.released(result), watch.released(watch.gradient(0)))
}

/// The value of a function and the product of its Jacobian with a cotangent of the value's shape, for one cotangent.
///
/// What the function recorded is released while the pass goes on; ``vjp(_:at:)-(_,Variable<Scalar>)`` keeps it for
/// further cotangents.
public func valueAndGradient<Scalar>(
    at x: Variable<Scalar>, cotangent: Variable<Scalar>,
    _ function: (Variable<Scalar>) throws -> Variable<Scalar>
) rethrows -> (value: Variable<Scalar>, gradient: Variable<Scalar>) {
    let (value, gradients) = try valueAndGradient(at: [x], cotangent: cotangent) { try function($0[0]) }
    return (value, gradients[0])
}

/// The value of a function of several variables and the gradients for one cotangent of the value's shape.
public func valueAndGradient<Scalar>(
    at variables: [Variable<Scalar>], cotangent: Variable<Scalar>,
    _ function: ([Variable<Scalar>]) throws -> Variable<Scalar>
) rethrows -> (value: Variable<Scalar>, gradients: [Variable<Scalar>]) {
    var watch = Watch<Scalar>()
    let result = try function(variables.map { watch.watch($0) })
    guard cotangent.shape == result.shape else {
        trap("valueAndGradient: the cotangent has shape \(cotangent.shape), the function's result \(result.shape)")
    }
    watch.pullBack(result, cotangent)
    return (watch.released(result), variables.indices.map { watch.released(watch.gradient($0)) })
}

/// The gradient of a function that returns one number, at a point; of the shape of `x`.
public func gradient<Scalar>(
    at x: Variable<Scalar>, _ function: (Variable<Scalar>) throws -> Variable<Scalar>
) rethrows -> Variable<Scalar> {
    try valueAndGradient(at: x, function).gradient
}

/// The gradient as a function: `grad(f)` maps a point to the gradient of `f` there, and can be nested.
public func grad<Scalar>(
    _ function: @escaping @Sendable (Variable<Scalar>) -> Variable<Scalar>
) -> @Sendable (Variable<Scalar>) -> Variable<Scalar> {
    { x in gradient(at: x, function) }
}

/// The value and the gradients of a function of several variables.
///
/// Gradients come in the order of the variables; one that the result does not depend on is zero.
public func valueAndGradient<Scalar>(
    at variables: [Variable<Scalar>], _ function: ([Variable<Scalar>]) throws -> Variable<Scalar>
) rethrows -> (value: Variable<Scalar>, gradients: [Variable<Scalar>]) {
    var watch = Watch<Scalar>()
    let inputs = variables.map { watch.watch($0) }
    let result = try function(inputs)
    requireScalar(result, "valueAndGradient")
    watch.pullBack(result, Variable(Tensor(ones: result.shape)))
    return (watch.released(result), variables.indices.map { watch.released(watch.gradient($0)) })
}

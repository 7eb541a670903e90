import Tensor

/// Calls a function without keeping its intermediate values; the backward pass calls it again.
///
/// Saves memory at the price of a second forward computation. The function must give the same result both times: draw
/// random numbers from a `RandomKey`, not from a generator that moves on. Gradients flow to `x` and to every watched
/// variable that the function captures.
public func checkpoint<Scalar>(
    _ x: Variable<Scalar>, _ function: @escaping @Sendable (Variable<Scalar>) -> Variable<Scalar>
) -> Variable<Scalar> {
    let result = function(x)
    guard let recorded = result.node else { return result }
    // The record just made goes away here; only its age stays, so that transforms know what the result leads to.
    let node = Node<Scalar>("checkpoint", result.shape, x.node, oldest: recorded.oldest) { gradient, pass in
        pass.splice(function(x), gradient: gradient)
    }
    return Variable(result.value, node: node)
}

extension Variable {
    /// The same value; the function is called with every gradient that flows back through it.
    public func observingGradient(_ observer: @escaping @Sendable (Tensor<Scalar>) -> Void) -> Variable {
        Variable.record("observingGradient", value, from: self) { gradient, pass in
            observer(gradient.value)
            pass.send(to: 0) { gradient }
        }
    }
}

import Tensor

extension Variable {
    /// The matrix product by NumPy's rules; see `Tensor.matmul(_:)`. ∂A = G Bᵀ, ∂B = Aᵀ G, summed over
    /// broadcast batches.
    public func matmul(_ other: Variable) -> Variable {
        if rank == 1 { return unsqueezed(0).matmul(other).squeezed(other.rank == 1 ? 0 : -2) }
        if other.rank == 1 { return matmul(other.unsqueezed(1)).squeezed(-1) }
        let (a, b) = (self, other)
        let (savedA, savedB) = (b.isTracked ? a : nil, a.isTracked ? b : nil)
        return Variable.record("matmul", a.value.matmul(b.value), from: a, b) { gradient, pass in
            if let savedB { pass.send(to: 0) { gradient.matmul(pass[savedB].transposed()) } }
            if let savedA {
                pass.send(to: 1) {
                    let a = pass[savedA]
                    guard a.rank > 2, other.rank == 2 else { return a.transposed().matmul(gradient) }
                    // One matrix for the whole batch: a single product instead of one for each, summed.
                    let rows = a.shape.dropLast().reduce(1, *)
                    let tall = a.reshaped([rows, a.shape[-1]] as TensorShape)
                    return tall.transposed().matmul(gradient.reshaped([rows, gradient.shape[-1]] as TensorShape))
                }
            }
        }
    }

    /// The matrix product; see ``matmul(_:)``.
    public static func • (a: Variable, b: Variable) -> Variable { a.matmul(b) }

    /// The inner product of two vectors.
    public func dot(_ other: Variable) -> Variable {
        guard rank == 1, other.rank == 1 else {
            trap("dot: the shapes \(shape) and \(other.shape) are not both vectors")
        }
        return (self * other).sum()
    }

    /// The products of all pairs of elements of two vectors, `[m, n]`.
    public func outer(_ other: Variable) -> Variable {
        guard rank == 1, other.rank == 1 else {
            trap("outer: the shapes \(shape) and \(other.shape) are not both vectors")
        }
        return unsqueezed(1) * other.unsqueezed(0)
    }

    /// x Wᵀ + b: an affine map of the last axis, `[..., in]` to `[..., out]`, in one node.
    ///
    /// ∂x = G W, ∂W = Gᵀ x, ∂b = Σ G.
    ///
    /// - Parameters:
    ///   - weight: `[out, in]`.
    ///   - bias: `[out]`, or nil.
    public func linear(_ weight: Variable, bias: Variable? = nil) -> Variable {
        let result = value.linear(weight.value, bias: bias?.value)
        let x = self
        let (inputs, outputs) = (weight.shape[1], weight.shape[0])
        return Variable.record("linear", result, from: x, weight, bias) { gradient, pass in
            let rows = x.shape.dropLast().reduce(1, *)
            let flat = gradient.reshaped([rows, outputs] as TensorShape)
            pass.send(to: 0) { flat.matmul(pass[weight]).reshaped(x.shape) }
            pass.send(to: 1) { flat.transposed().matmul(pass[x].reshaped([rows, inputs] as TensorShape)) }
            pass.send(to: 2) { flat.sum(axis: 0) }
        }
    }
}

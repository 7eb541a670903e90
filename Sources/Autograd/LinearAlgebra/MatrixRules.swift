import Tensor

// Rules cannot throw. What their matrices hold was accepted by the operation itself, so only a gradient that is not
// finite, or a factor that turns out singular, can make a factorisation fail in a backward pass: the gradient is NaN then.

extension Variable {
    /// A gradient of the given shape, or NaN where it cannot be computed.
    static func orNaN(_ shape: TensorShape, _ body: () throws(LinearAlgebraError) -> Variable) -> Variable {
        do { return try body() } catch { return Variable(Tensor(repeating: .nan, shape: shape)) }
    }

    /// Numbers `[...]` as matrices `[..., 1, 1]`.
    var asMatrices: Variable { unsqueezed(-1).unsqueezed(-1) }

    /// (A + Aᵀ) / 2.
    func symmetrized() -> Variable { (self + transposed()) * 0.5 }

    /// A - Aᵀ.
    func antisymmetrized() -> Variable { self - transposed() }

    /// The lower triangle with half of the diagonal: the adjoint of `L -> L + Lᵀ` on lower triangles, halved.
    func halfTriangle() -> Variable {
        let identity = Tensor<Scalar>.eye(shape[-1])
        let ones = Tensor<Scalar>(ones: identity.shape)
        return self * Variable(ones.tril() - identity * 0.5)
    }

    /// Matrices divided elementwise by differences of numbers that belong to rows and columns, 0 on the diagonal.
    func divided(byDifferences differences: Variable) -> Variable {
        let isDiagonal = Tensor<Scalar>.eye(shape[-1]) .== 1
        return (self / differences.replaced(where: isDiagonal, by: 1)).replaced(where: isDiagonal, by: 0)
    }
}

/// Traps if a variable is not a batch of matrices.
func requireMatrices(_ shape: TensorShape, _ operation: StaticString) {
    guard shape.rank >= 2 else { trap("\(operation): the shape \(shape) has no two axes for a matrix") }
}

import Tensor

extension Variable {
    /// The solution X of `A X = B`; see `Tensor.solve(_:)`. ∂B = A⁻ᵀ G, ∂A = -∂B Xᵀ.
    ///
    /// - Throws: `LinearAlgebraError.singular(pivot:)`, `LinearAlgebraError.nonFinite`
    public func solve(_ rightHandSide: Variable) throws(LinearAlgebraError) -> Variable {
        let isVector =
            rightHandSide.rank == 1 || rank >= 2 && rightHandSide.shape.elementsEqual(shape.dropLast())
        if isVector { return try solve(rightHandSide.unsqueezed(-1)).squeezed(-1) }
        let solution = try value.solve(rightHandSide.value)
        return Variable.record("solve", solution, from: self, rightHandSide) { gradient, pass in
            let b = Variable.orNaN(solution.shape) { () throws(LinearAlgebraError) in
                try pass[self].transposed().solve(gradient)
            }
            pass.send(to: 0) { -b.matmul(pass.result(solution).transposed()) }
            pass.send(to: 1) { b }
        }
    }

    /// The inverses of square matrices `[..., n, n]`. ∂A = -A⁻ᵀ G A⁻ᵀ.
    ///
    /// - Throws: `LinearAlgebraError.singular(pivot:)`, `LinearAlgebraError.nonFinite`
    public func inverse() throws(LinearAlgebraError) -> Variable {
        let result = try value.inverse()
        return Variable.record("inverse", result, from: self) { gradient, pass in
            pass.send(to: 0) {
                let transposed = pass.result(result).transposed()
                return -transposed.matmul(gradient).matmul(transposed)
            }
        }
    }

    /// The solution X of `op(A) X = B` for triangular matrices A, `op` transposing or not; see
    /// `Tensor.triangularSolve(_:upper:transposed:unitriangular:)`.
    ///
    /// ∂B = op(A)⁻ᵀ G; ∂A = -∂B Xᵀ, or -X ∂Bᵀ if transposed, in the triangle that is read and 0 elsewhere.
    ///
    /// - Throws: `LinearAlgebraError.singular(pivot:)` if the diagonal has a zero
    public func triangularSolve(
        _ rightHandSide: Variable, upper: Bool, transposed: Bool = false, unitriangular: Bool = false
    ) throws(LinearAlgebraError) -> Variable {
        if rightHandSide.rank == 1 {
            let columns = rightHandSide.unsqueezed(1)
            return try triangularSolve(
                columns, upper: upper, transposed: transposed, unitriangular: unitriangular
            ).squeezed(-1)
        }
        let solution = try value.triangularSolve(
            rightHandSide.value, upper: upper, transposed: transposed, unitriangular: unitriangular)
        return Variable.record("triangularSolve", solution, from: self, rightHandSide) { gradient, pass in
            let b = Variable.orNaN(solution.shape) { () throws(LinearAlgebraError) in
                try pass[self].triangularSolve(
                    gradient, upper: upper, transposed: !transposed, unitriangular: unitriangular)
            }
            pass.send(to: 0) {
                let x = pass.result(solution)
                let full = transposed ? x.matmul(b.transposed()) : b.matmul(x.transposed())
                let offset = unitriangular ? 1 : 0
                return upper ? (-full).triu(diagonal: offset) : (-full).tril(diagonal: -offset)
            }
            pass.send(to: 1) { b }
        }
    }

    /// The Cholesky factor of symmetric positive definite matrices; see `Tensor.cholesky(upper:)`.
    ///
    /// With P the lower triangle of Lᵀ G and half of its diagonal, S = L⁻ᵀ P L⁻¹: ∂A = (S + Sᵀ) / 2, symmetric though
    /// one triangle of A is read only (Murray 2016, arXiv 1602.07527).
    ///
    /// - Throws: `LinearAlgebraError.notPositiveDefinite(order:)`, `LinearAlgebraError.nonFinite`
    public func cholesky(upper: Bool = false) throws(LinearAlgebraError) -> Variable {
        if upper {
            requireMatrices(shape, "cholesky")
            return try transposed().cholesky().transposed()
        }
        let result = try value.cholesky()
        return Variable.record("cholesky", result, from: self) { gradient, pass in
            pass.send(to: 0) {
                let factor = pass.result(result)
                let inner = factor.transposed().matmul(gradient).halfTriangle()
                return Variable.orNaN(result.shape) { () throws(LinearAlgebraError) in
                    let left = try factor.triangularSolve(inner, upper: false, transposed: true)
                    return try factor.triangularSolve(left.transposed(), upper: false, transposed: true).symmetrized()
                }
            }
        }
    }

    /// The solution X of `A X = B`, where this variable holds the Cholesky factors of A; composed of two triangular
    /// solutions.
    ///
    /// - Throws: `LinearAlgebraError.singular(pivot:)` if a factor has a zero on its diagonal
    public func choleskySolve(
        _ rightHandSide: Variable, upper: Bool = false
    ) throws(LinearAlgebraError) -> Variable {
        let half = try triangularSolve(rightHandSide, upper: upper, transposed: upper)
        return try triangularSolve(half, upper: upper, transposed: !upper)
    }
}

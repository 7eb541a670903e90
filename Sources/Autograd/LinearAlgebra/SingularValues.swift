import Tensor

extension Variable {
    /// The thin singular value decomposition `A = U diag(s) Vᵀ` of matrices `[..., m, n]`; see `Tensor.svd()`.
    ///
    /// With S = diag(s) and F_ij = 1 / (s_j² - s_i²) off the diagonal, 0 on it (arXiv 1509.07838):
    /// ∂A = U (diag(∂s) + ((Uᵀ∂U - ∂UᵀU) ∘ F) S + S ((Vᵀ∂V - ∂VᵀV) ∘ F)) Vᵀ, plus (I - U Uᵀ) ∂U S⁻¹ Vᵀ for a tall and
    /// U S⁻¹ ∂Vᵀ (I - V Vᵀ) for a wide matrix. Infinite or NaN for the vectors of equal singular values, which are not
    /// determined, and for those of 0 unless the matrix is square.
    ///
    /// Computed in double precision: F magnifies what rounding does to the vectors.
    ///
    /// - Throws: `LinearAlgebraError.noConvergence`, `LinearAlgebraError.nonFinite`
    public func svd() throws(LinearAlgebraError) -> (u: Variable, singularValues: Variable, vTransposed: Variable) {
        let decomposition = try Tensor<Double>(value).svd()
        let knownU = Tensor<Scalar>(decomposition.u)
        let knownValues = Tensor<Scalar>(decomposition.singularValues)
        let knownV = Tensor<Scalar>(decomposition.vTransposed)
        let (m, n) = (shape[-2], shape[-1])
        let factors: @Sendable (BackwardPass<Scalar>) -> (u: Variable, s: Variable, vt: Variable) = { pass in
            guard pass.recordsGradient else { return (Variable(knownU), Variable(knownValues), Variable(knownV)) }
            let (u, s, vt) = trapping("svd") { () throws(LinearAlgebraError) in try self.svd() }
            return (u, s, vt)
        }
        let u = Variable.record("svd.u", knownU, from: self) { gradient, pass in
            pass.send(to: 0) {
                let (u, s, vt) = factors(pass)
                let projection = u.transposed().matmul(gradient)
                let inner = projection.antisymmetrized().divided(byDifferences: s.squaredDifferences)
                var left = u.matmul(inner * s.unsqueezed(-2))
                if m > n { left = left + (gradient - u.matmul(projection)) / s.unsqueezed(-2) }
                return left.matmul(vt)
            }
        }
        let values = Variable.record("svd.values", knownValues, from: self) { gradient, pass in
            pass.send(to: 0) {
                let (u, _, vt) = factors(pass)
                return (u * gradient.unsqueezed(-2)).matmul(vt)
            }
        }
        let vt = Variable.record("svd.v", knownV, from: self) { gradient, pass in
            pass.send(to: 0) {
                let (u, s, vt) = factors(pass)
                let projection = gradient.matmul(vt.transposed())
                let inner = projection.transposed().antisymmetrized().divided(byDifferences: s.squaredDifferences)
                var right = (inner * s.unsqueezed(-1)).matmul(vt)
                if n > m { right = right + (gradient - projection.matmul(vt)) / s.unsqueezed(-1) }
                return u.matmul(right)
            }
        }
        return (u, values, vt)
    }

    /// The singular values of matrices `[..., m, n]` in descending order, `[..., min(m, n)]`. ∂A = U diag(G) Vᵀ.
    ///
    /// - Throws: `LinearAlgebraError.noConvergence`, `LinearAlgebraError.nonFinite`
    public func svdvals() throws(LinearAlgebraError) -> Variable {
        isTracked ? try svd().singularValues : Variable(try value.svdvals())
    }

    /// s_j² - s_i² for row i and column j, as a product that keeps small differences exact.
    private var squaredDifferences: Variable {
        let (row, column) = (unsqueezed(-2), unsqueezed(-1))
        return (row - column) * (row + column)
    }
}

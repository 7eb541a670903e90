import Tensor

extension Variable {
    /// The eigenvalues and eigenvectors of symmetric matrices `[..., n, n]`; see `Tensor.eigh()`.
    ///
    /// ∂A = V (diag(∂λ) + (Vᵀ ∂V) ∘ F) Vᵀ with F_ij = 1 / (λ_j - λ_i) off the diagonal, 0 on it, symmetrised
    /// (Giles 2008, section 3.1). Infinite or NaN for the vectors of equal eigenvalues, which are not determined.
    ///
    /// Computed in double precision: F magnifies what rounding does to the vectors.
    ///
    /// - Throws: `LinearAlgebraError.noConvergence`, `LinearAlgebraError.nonFinite`
    public func eigh() throws(LinearAlgebraError) -> (eigenvalues: Variable, eigenvectors: Variable) {
        let decomposition = try Tensor<Double>(value).eigh()
        let knownValues = Tensor<Scalar>(decomposition.eigenvalues)
        let knownVectors = Tensor<Scalar>(decomposition.eigenvectors)
        let factors: @Sendable (BackwardPass<Scalar>) -> (Variable, Variable) = { pass in
            guard pass.recordsGradient else { return (Variable(knownValues), Variable(knownVectors)) }
            let (values, vectors) = trapping("eigh") { () throws(LinearAlgebraError) in try self.eigh() }
            return (values, vectors)
        }
        let values = Variable.record("eigh.values", knownValues, from: self) { gradient, pass in
            pass.send(to: 0) {
                let (_, vectors) = factors(pass)
                return (vectors * gradient.unsqueezed(-2)).matmul(vectors.transposed())
            }
        }
        let vectors = Variable.record("eigh.vectors", knownVectors, from: self) { gradient, pass in
            pass.send(to: 0) {
                let (values, vectors) = factors(pass)
                let differences = values.unsqueezed(-2) - values.unsqueezed(-1)
                let inner = vectors.transposed().matmul(gradient).divided(byDifferences: differences)
                return vectors.matmul(inner).matmul(vectors.transposed()).symmetrized()
            }
        }
        return (values, vectors)
    }

    /// The eigenvalues, in ascending order, of symmetric matrices `[..., n, n]`: `[..., n]`. ∂A = V diag(G) Vᵀ.
    ///
    /// - Throws: `LinearAlgebraError.noConvergence`, `LinearAlgebraError.nonFinite`
    public func eigvalsh() throws(LinearAlgebraError) -> Variable {
        isTracked ? try eigh().eigenvalues : Variable(try value.eigvalsh())
    }
}

import Tensor

extension Variable {
    /// The reduced QR decomposition of matrices `[..., m, n]`; see `Tensor.qr()`.
    ///
    /// For full column rank, ∂A = (∂Q + Q s(M)) R⁻ᵀ with M = R ∂Rᵀ - ∂Qᵀ Q and s(M) the symmetric matrix with M's lower
    /// triangle (arXiv 2009.10071, equation 11); a wide matrix is decomposed by its first m columns. NaN if R is
    /// singular.
    ///
    /// - Throws: `LinearAlgebraError.nonFinite`
    public func qr() throws(LinearAlgebraError) -> (q: Variable, r: Variable) {
        requireMatrices(shape, "qr")
        let (m, n) = (shape[-2], shape[-1])
        if isTracked, m < n {
            let (q, left) = try narrowed(axis: -1, from: 0, count: m).qr()
            let right = q.transposed().matmul(narrowed(axis: -1, from: m, count: n - m))
            return (q, Variable.concatenated([left, right], axis: -1))
        }
        let decomposition = try value.qr()
        let factors: @Sendable (BackwardPass<Scalar>) -> (q: Variable, r: Variable) = { pass in
            guard pass.recordsGradient else { return (Variable(decomposition.q), Variable(decomposition.r)) }
            return trapping("qr") { () throws(LinearAlgebraError) in try self.qr() }
        }
        let q = Variable.record("qr.q", decomposition.q, from: self) { gradient, pass in
            pass.send(to: 0) {
                let (q, r) = factors(pass)
                let inner = -gradient.transposed().matmul(q)
                return (gradient + q.matmul(inner.reflectedLowerTriangle())).divided(byTransposed: r)
            }
        }
        let r = Variable.record("qr.r", decomposition.r, from: self) { gradient, pass in
            pass.send(to: 0) {
                let (q, r) = factors(pass)
                let inner = r.matmul(gradient.transposed())
                return q.matmul(inner.reflectedLowerTriangle()).divided(byTransposed: r)
            }
        }
        return (q, r)
    }

    /// The symmetric matrix with this one's lower triangle.
    private func reflectedLowerTriangle() -> Variable {
        let half = halfTriangle()
        return half + half.transposed()
    }

    /// A R⁻ᵀ for an upper triangle R.
    private func divided(byTransposed r: Variable) -> Variable {
        Variable.orNaN(shape) { () throws(LinearAlgebraError) in
            try r.triangularSolve(transposed(), upper: true).transposed()
        }
    }
}

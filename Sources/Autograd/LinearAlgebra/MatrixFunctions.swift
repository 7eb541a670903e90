import Tensor

extension Variable {
    /// Integer powers of square matrices `[..., n, n]` by repeated squaring; powers of the inverse for negative ones.
    ///
    /// - Throws: `LinearAlgebraError.singular(pivot:)` and `LinearAlgebraError.nonFinite` for negative exponents
    public func matrixPower(_ exponent: Int) throws(LinearAlgebraError) -> Variable {
        if exponent == 0 || !isTracked { return Variable(try value.matrixPower(exponent)) }
        var square = exponent < 0 ? try inverse() : self
        var rest = exponent.magnitude
        var result: Variable?
        while true {
            if rest & 1 == 1 { result = result.map { $0.matmul(square) } ?? square }
            rest >>= 1
            if rest == 0 { return result ?? square }
            square = square.matmul(square)
        }
    }

    /// The exponentials of square matrices `[..., n, n]`; see `Tensor.matrixExp()`.
    ///
    /// ∂A is the Fréchet derivative at Aᵀ along G, the upper right block of exp([[Aᵀ, G], [0, Aᵀ]])
    /// (Al-Mohy and Higham 2009, equation 2.1).
    ///
    /// - Throws: `LinearAlgebraError.nonFinite`
    public func matrixExp() throws(LinearAlgebraError) -> Variable {
        let result = try value.matrixExp()
        return Variable.record("matrixExp", result, from: self) { gradient, pass in
            pass.send(to: 0) {
                Variable.orNaN(result.shape) { () throws(LinearAlgebraError) in
                    let (a, n) = (pass[self].transposed(), result.shape[-1])
                    let top = Variable.concatenated([a, gradient], axis: -1)
                    let bottom = Variable.concatenated([Variable(Tensor(zeros: result.shape)), a], axis: -1)
                    let exponential = try Variable.concatenated([top, bottom], axis: -2).matrixExp()
                    return exponential.narrowed(axis: -2, from: 0, count: n).narrowed(axis: -1, from: n, count: n)
                }
            }
        }
    }

    /// The norms of matrices `[..., m, n]`, of shape `[...]`; 0 for empty matrices.
    ///
    /// ∂A is G A / y (Frobenius), G U Vᵀ (nuclear), G u₁ v₁ᵀ (spectral); where several singular values, rows or columns
    /// are largest, they share G evenly.
    ///
    /// - Throws: `LinearAlgebraError.noConvergence` and `LinearAlgebraError.nonFinite` for norms by singular values
    public func matrixNorm(_ norm: MatrixNorm = .frobenius) throws(LinearAlgebraError) -> Variable {
        requireMatrices(shape, "matrixNorm")
        if shape[-2] * shape[-1] == 0 || !isTracked { return Variable(try value.matrixNorm(norm)) }
        switch norm {
        case .frobenius: return self.norm(2, axes: [-2, -1])
        case .nuclear: return try svdvals().sum(axis: -1)
        case .spectral: return try svdvals().maximum(axes: [-1])
        case .one: return abs().sum(axis: -2).maximum(axes: [-1])
        case .infinity: return abs().sum(axis: -1).maximum(axes: [-1])
        }
    }
}

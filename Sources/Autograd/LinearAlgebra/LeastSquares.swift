import Tensor

extension Variable {
    /// The least-squares solution X of least norm of `A X = B`; see `Tensor.lstsq(_:cutoff:)`.
    ///
    /// Where the rank does not change (full rank, for one), with P = A⁺ and the residual R = B - A X:
    /// ∂B = Pᵀ G, ∂A = -Pᵀ G Xᵀ + R Gᵀ P Pᵀ + Pᵀ X Gᵀ (I - P A) (Golub and Pereyra 1973).
    ///
    /// - Throws: `LinearAlgebraError.noConvergence`, `LinearAlgebraError.nonFinite`
    public func lstsq(
        _ rightHandSide: Variable, cutoff: Double? = nil
    ) throws(LinearAlgebraError) -> Variable {
        if rightHandSide.rank == 1 {
            return try lstsq(rightHandSide.unsqueezed(1), cutoff: cutoff).squeezed(-1)
        }
        let solution = try value.lstsq(rightHandSide.value, cutoff: cutoff).solution
        let (a, b) = (self, rightHandSide)
        return Variable.record("lstsq", solution, from: a, b) { gradient, pass in
            let (a, b, x) = (pass[a], pass[b], pass.result(solution))
            let inverse = trapping("lstsq") { () throws(LinearAlgebraError) in try a.pinv(cutoff: cutoff) }
            let transposed = inverse.transposed()
            let columns = transposed.matmul(gradient)
            pass.send(to: 0) {
                let residual = b - a.matmul(x)
                let fit = residual.matmul(columns.transposed()).matmul(transposed)
                let rows = gradient.transposed() - columns.transposed().matmul(a)
                let freedom = transposed.matmul(x).matmul(rows)
                return fit + freedom - columns.matmul(x.transposed())
            }
            pass.send(to: 1) { columns }
        }
    }

    /// The Moore-Penrose pseudo-inverses `[..., n, m]` of matrices `[..., m, n]`; see `Tensor.pinv(cutoff:)`.
    ///
    /// Where the rank does not change, ∂A = -Pᵀ G Pᵀ + (I - A P) Gᵀ P Pᵀ + Pᵀ P Gᵀ (I - P A) (Golub and Pereyra 1973).
    ///
    /// - Throws: `LinearAlgebraError.noConvergence`, `LinearAlgebraError.nonFinite`
    public func pinv(cutoff: Double? = nil) throws(LinearAlgebraError) -> Variable {
        let result = try value.pinv(cutoff: cutoff)
        return Variable.record("pinv", result, from: self) { gradient, pass in
            pass.send(to: 0) {
                let (a, inverse) = (pass[self], pass.result(result))
                let transposed = inverse.transposed()
                let turned = gradient.transposed()
                let left = turned.matmul(inverse).matmul(transposed)
                let right = transposed.matmul(inverse).matmul(turned)
                let outside = left - a.matmul(inverse.matmul(left)) + right - right.matmul(inverse).matmul(a)
                return outside - transposed.matmul(gradient).matmul(transposed)
            }
        }
    }
}

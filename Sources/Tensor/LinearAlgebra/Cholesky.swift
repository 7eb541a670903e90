extension Tensor where Scalar: FloatingTensorScalar {
    /// The Cholesky factor of symmetric positive definite matrices `[..., n, n]`: `A = L Lᵀ`, or `A = Uᵀ U`.
    ///
    /// Only one triangle of each matrix is read: the upper one if `upper`, else the lower one.
    ///
    /// - Returns: the factor, with zeros in its other triangle
    /// - Throws: ``LinearAlgebraError/notPositiveDefinite(order:)``, ``LinearAlgebraError/nonFinite``
    public func cholesky(upper: Bool = false) throws(LinearAlgebraError) -> Tensor {
        let batch = MatrixBatch(square: shape, in: "cholesky")
        try requireFinite()
        let n = batch.rows
        let factor = copied()
        let target = factor.pointer
        // The lower triangle of a row-major matrix is the upper one of a column-major matrix.
        let failure = batch.firstFailure("cholesky") { index in
            let matrix = target + index * n * n
            let info = LAPACK<Scalar>.potrf(upper ? "L" : "U", n, matrix)
            LAPACK<Scalar>.clearStrictTriangle(upper ? "U" : "L", n, matrix)
            return info
        }
        if failure > 0 { throw .notPositiveDefinite(order: failure) }
        return factor
    }

    /// The solution X of `A X = B`, where this tensor holds the Cholesky factors of A.
    ///
    /// - Parameters:
    ///   - rightHandSide: `[..., n, k]`, or a vector `[n]`; batches broadcast
    ///   - upper: whether the factors are upper triangular, `A = Uᵀ U`, instead of `A = L Lᵀ`
    /// - Throws: ``LinearAlgebraError/singular(pivot:)`` if a factor has a zero on its diagonal
    public func choleskySolve(_ rightHandSide: Tensor, upper: Bool = false) throws(LinearAlgebraError) -> Tensor {
        let half = try triangularSolve(rightHandSide, upper: upper, transposed: upper)
        return try triangularSolve(half, upper: upper, transposed: !upper)
    }
}

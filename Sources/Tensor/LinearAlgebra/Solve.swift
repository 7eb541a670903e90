extension Tensor where Scalar: FloatingTensorScalar {
    /// The solution X of `A X = B` for square matrices A `[..., n, n]`, by LU factors with partial pivoting.
    ///
    /// - Parameter rightHandSide: a vector `[n]`; a batch of vectors `[..., n]` whose shape is that of the matrices
    ///   without their last axis; or matrices `[..., n, k]`, whose batches broadcast.
    /// - Returns: the solution, in the (broadcast) shape of the right-hand side
    /// - Throws: ``LinearAlgebraError/singular(pivot:)``, ``LinearAlgebraError/nonFinite``
    public func solve(_ rightHandSide: Tensor) throws(LinearAlgebraError) -> Tensor {
        let isVector =
            rightHandSide.rank == 1 || rank >= 2 && rightHandSide.shape == shape.removing(axis: rank - 1)
        if isVector { return try solve(rightHandSide.unsqueezed(-1)).squeezed(-1) }
        let (batch, matrices, columns) = alignedWith(rightHandSide, in: "solve")
        try requireFinite()
        try rightHandSide.requireFinite()
        let (n, k) = (batch.rows, columns.shape[-1])
        // To LAPACK the row-major copy is the transpose of A, so the transposed system is the one to solve.
        let factors = matrices.copied()
        let solution = columns.columnMajor()
        let (a, x) = (factors.pointer, solution.pointer)
        let failure = batch.firstFailure("solve") { index in
            withPivots(n) { pivots in
                let matrix = a + index * n * n
                let info = LAPACK<Scalar>.getrf(n, matrix, pivots)
                if info != 0 || k == 0 { return info }
                return LAPACK<Scalar>.getrsTransposed(n, k, matrix, pivots, x + index * n * k)
            }
        }
        if failure > 0 { throw .singular(pivot: failure) }
        return solution.transposed().contiguous()
    }

    /// The inverses of square matrices `[..., n, n]`.
    ///
    /// - Throws: ``LinearAlgebraError/singular(pivot:)``, ``LinearAlgebraError/nonFinite``
    public func inverse() throws(LinearAlgebraError) -> Tensor {
        let batch = MatrixBatch(square: shape, in: "inverse")
        try requireFinite()
        let n = batch.rows
        let result = copied()
        let a = result.pointer
        let failure = batch.firstFailure("inverse") { index in
            withPivots(n) { pivots in
                let matrix = a + index * n * n
                let info = LAPACK<Scalar>.getrf(n, matrix, pivots)
                return info != 0 ? info : LAPACK<Scalar>.getri(n, matrix, pivots)
            }
        }
        if failure > 0 { throw .singular(pivot: failure) }
        return result
    }
}

/// Calls `body` with room for the row exchanges of an `n` by `n` matrix.
func withPivots(_ n: Int, _ body: (UnsafeMutablePointer<Int32>) -> Int32) -> Int32 {
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: max(n, 1)) { body($0.baseAddress!) }
}

extension Tensor where Scalar: FloatingTensorScalar {
    /// The solution X of `A X = B` for triangular matrices A `[..., n, n]`; the other triangle is not read.
    ///
    /// - Parameters:
    ///   - rightHandSide: `[..., n, k]`, or a vector `[n]`; batches broadcast
    ///   - upper: whether A is upper triangular
    ///   - transposed: whether to solve `Aᵀ X = B` instead
    ///   - unitriangular: whether the diagonal counts as ones and is not read
    /// - Throws: ``LinearAlgebraError/singular(pivot:)`` if the diagonal has a zero
    public func triangularSolve(
        _ rightHandSide: Tensor, upper: Bool, transposed: Bool = false, unitriangular: Bool = false
    ) throws(LinearAlgebraError) -> Tensor {
        if rightHandSide.rank == 1 {
            return try triangularSolve(
                rightHandSide.unsqueezed(1), upper: upper, transposed: transposed, unitriangular: unitriangular
            ).squeezed(-1)
        }
        let (batch, matrices, columns) = alignedWith(rightHandSide, in: "triangularSolve")
        let (n, k) = (batch.rows, columns.shape[-1])
        let factors = matrices.contiguous()
        let solution = columns.copied()
        let (a, x) = (factors.pointer, solution.pointer)
        let failure = batch.firstFailure("triangularSolve") { index in
            let matrix = a + index * n * n
            if !unitriangular {
                for position in 0..<n where matrix[position * (n + 1)] == 0 { return Int32(position + 1) }
            }
            if k > 0 {
                LAPACK.trsm(
                    upper: upper, transposed: transposed, unitriangular: unitriangular, n, k, matrix, x + index * n * k)
            }
            return 0
        }
        if failure > 0 { throw .singular(pivot: failure) }
        return solution
    }

    /// Square matrices and right-hand sides `[..., n, k]`, broadcast to common leading axes.
    func alignedWith(
        _ rightHandSide: Tensor, in operation: StaticString
    ) -> (batch: MatrixBatch, matrices: Tensor, columns: Tensor) {
        let own = MatrixBatch(square: shape, in: operation)
        let other = MatrixBatch(rightHandSide.shape, in: operation)
        guard own.rows == other.rows else {
            trap(
                """
                \(operation): matrices of shape \(shape) need a right-hand side with \(own.rows) rows, but its shape is \
                \(rightHandSide.shape)
                """)
        }
        let leading = TensorShape.broadcast(own.leading, other.leading, in: operation)
        var full = leading
        full.append(own.rows)
        full.append(own.rows)
        var fullColumns = leading
        fullColumns.append(own.rows)
        fullColumns.append(other.columns)
        return (
            MatrixBatch(full, in: operation), broadcast(to: full), rightHandSide.broadcast(to: fullColumns)
        )
    }
}

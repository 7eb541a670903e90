/// The solution of a least-squares problem.
public struct LeastSquaresSolution<Scalar: FloatingTensorScalar>: Sendable {
    /// The X of least norm among those that minimise `‖A X - B‖`: `[..., n, k]`, or `[n]` for a vector.
    public let solution: Tensor<Scalar>
    /// The numerical rank of each matrix, `[...]`.
    public let rank: Tensor<Int32>
    /// The singular values of each matrix in descending order, `[..., min(m, n)]`.
    public let singularValues: Tensor<Scalar>
}

extension Tensor where Scalar: FloatingTensorScalar {
    /// The least-squares solution of `A X = B` for matrices `[..., m, n]` of any shape and rank, by singular values.
    ///
    /// - Parameters:
    ///   - rightHandSide: `[..., m, k]`, or a vector `[m]`; batches broadcast
    ///   - cutoff: singular values below `cutoff` times the largest count as zero; `max(m, n)` ulps if nil
    /// - Throws: ``LinearAlgebraError/noConvergence``, ``LinearAlgebraError/nonFinite``
    public func lstsq(
        _ rightHandSide: Tensor, cutoff: Double? = nil
    ) throws(LinearAlgebraError) -> LeastSquaresSolution<Scalar> {
        if rightHandSide.rank == 1 {
            let result = try lstsq(rightHandSide.unsqueezed(1), cutoff: cutoff)
            return LeastSquaresSolution(
                solution: result.solution.squeezed(-1), rank: result.rank, singularValues: result.singularValues)
        }
        let own = MatrixBatch(shape, in: "lstsq")
        let other = MatrixBatch(rightHandSide.shape, in: "lstsq")
        let (m, n, k) = (own.rows, own.columns, other.columns)
        guard other.rows == m else {
            trap("lstsq: matrices of shape \(shape) do not fit a right-hand side of shape \(rightHandSide.shape)")
        }
        try requireFinite()
        try rightHandSide.requireFinite()
        let leading = TensorShape.broadcast(own.leading, other.leading, in: "lstsq")
        var full = leading
        full.append(m)
        full.append(n)
        var fullColumns = leading
        fullColumns.append(m)
        fullColumns.append(k)
        let batch = MatrixBatch(full, in: "lstsq")
        let height = max(m, n)
        let work = broadcast(to: full).columnMajor()
        let columns = rightHandSide.broadcast(to: fullColumns).columnMajor()
        let solutions = Tensor(zeros: batch.shape(k, height))
        let values = Tensor(zeros: batch.shape(min(m, n)))
        let ranks = Tensor<Int32>(zeros: leading)
        let (a, b, x, s, r) = (work.pointer, columns.pointer, solutions.pointer, values.pointer, ranks.pointer)
        let threshold = cutoff ?? Double(height) * Scalar.ulpOfOne.doubleValue
        let failure = batch.firstFailure("lstsq") { index in
            let target = x + index * height * k
            LAPACK<Scalar>.lacpy("A", m, k, b + index * m * k, max(m, 1), target, height)
            return LAPACK<Scalar>.gelsd(
                m, n, k, a + index * m * n, target, s + index * min(m, n), threshold, r + index)
        }
        if failure > 0 { throw .noConvergence }
        return LeastSquaresSolution(
            solution: solutions.narrowed(axis: -1, from: 0, count: n).transposed().contiguous(), rank: ranks,
            singularValues: values)
    }

    /// The Moore-Penrose pseudo-inverses `[..., n, m]` of matrices `[..., m, n]`.
    ///
    /// - Parameter cutoff: singular values up to `cutoff` times the largest count as zero; `max(m, n)` ulps if nil
    /// - Throws: ``LinearAlgebraError/noConvergence``, ``LinearAlgebraError/nonFinite``
    public func pinv(cutoff: Double? = nil) throws(LinearAlgebraError) -> Tensor {
        let batch = MatrixBatch(shape, in: "pinv")
        let decomposition = try svd()
        let k = min(batch.rows, batch.columns)
        let threshold = cutoff ?? Double(max(batch.rows, batch.columns)) * Scalar.ulpOfOne.doubleValue
        let values = decomposition.singularValues.array
        var inverted = values
        for index in values.indices {
            let largest = values[index / k * k].doubleValue
            inverted[index] = values[index].doubleValue > threshold * largest ? 1 / values[index] : 0
        }
        let scaled = decomposition.vTransposed.transposed() * Tensor(inverted, shape: batch.shape(1, k))
        return scaled.matmul(decomposition.u.transposed())
    }
}

/// The thin singular value decomposition `A = U diag(values) Vᵀ`.
public struct SingularValueDecomposition<Scalar: FloatingTensorScalar>: Sendable {
    /// Left singular vectors in the columns, `[..., m, min(m, n)]`; their signs are arbitrary.
    public let u: Tensor<Scalar>
    /// The singular values in descending order, `[..., min(m, n)]`.
    public let singularValues: Tensor<Scalar>
    /// Right singular vectors in the rows, `[..., min(m, n), n]`.
    public let vTransposed: Tensor<Scalar>
}

extension Tensor where Scalar: FloatingTensorScalar {
    /// The thin singular value decomposition of matrices `[..., m, n]`, by divide and conquer.
    ///
    /// - Throws: ``LinearAlgebraError/noConvergence``, ``LinearAlgebraError/nonFinite``
    public func svd() throws(LinearAlgebraError) -> SingularValueDecomposition<Scalar> {
        let batch = MatrixBatch(shape, in: "svd")
        try requireFinite()
        let (m, n) = (batch.rows, batch.columns)
        let k = min(m, n)
        let work = copied()
        let left = Tensor(uninitialized: batch.shape(m, k))
        let right = Tensor(uninitialized: batch.shape(k, n))
        let values = Tensor(uninitialized: batch.shape(k))
        let (a, u, s, vt) = (work.pointer, left.pointer, values.pointer, right.pointer)
        // To LAPACK the row-major matrix is Aᵀ = V S Uᵀ, and what it writes column by column is Vᵀ and U row by row.
        let failure = batch.firstFailure("svd") { index in
            LAPACK<Scalar>.gesdd(
                n, m, a + index * m * n, s + index * k, vt + index * k * n, u + index * m * k)
        }
        if failure > 0 { throw .noConvergence }
        return SingularValueDecomposition(u: left, singularValues: values, vTransposed: right)
    }

    /// The singular values of matrices `[..., m, n]` in descending order, `[..., min(m, n)]`.
    ///
    /// - Throws: ``LinearAlgebraError/noConvergence``, ``LinearAlgebraError/nonFinite``
    public func svdvals() throws(LinearAlgebraError) -> Tensor {
        let batch = MatrixBatch(shape, in: "svdvals")
        try requireFinite()
        let (m, n) = (batch.rows, batch.columns)
        let work = copied()
        let values = Tensor(uninitialized: batch.shape(min(m, n)))
        let (a, s) = (work.pointer, values.pointer)
        let failure = batch.firstFailure("svdvals") { index in
            LAPACK<Scalar>.gesdd(n, m, a + index * m * n, s + index * min(m, n), nil, nil)
        }
        if failure > 0 { throw .noConvergence }
        return values
    }
}

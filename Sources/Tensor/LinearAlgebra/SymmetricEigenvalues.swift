/// The eigenvalues and eigenvectors of symmetric matrices: `A = V diag(values) Vᵀ`.
public struct SymmetricEigendecomposition<Scalar: FloatingTensorScalar>: Sendable {
    /// The eigenvalues in ascending order, `[..., n]`.
    public let eigenvalues: Tensor<Scalar>
    /// Orthonormal eigenvectors in the columns, `[..., n, n]`; their signs are arbitrary.
    public let eigenvectors: Tensor<Scalar>
}

extension Tensor where Scalar: FloatingTensorScalar {
    /// The eigenvalues and eigenvectors of symmetric matrices `[..., n, n]`, of which only the lower triangle is read.
    ///
    /// - Throws: ``LinearAlgebraError/noConvergence``, ``LinearAlgebraError/nonFinite``
    public func eigh() throws(LinearAlgebraError) -> SymmetricEigendecomposition<Scalar> {
        let (values, vectors) = try symmetricEigenvalues(withVectors: true, "eigh")
        return SymmetricEigendecomposition(
            eigenvalues: values, eigenvectors: vectors.transposed().contiguous())
    }

    /// The eigenvalues, in ascending order, of symmetric matrices `[..., n, n]`, of which only the lower triangle is
    /// read; `[..., n]`.
    ///
    /// - Throws: ``LinearAlgebraError/noConvergence``, ``LinearAlgebraError/nonFinite``
    public func eigvalsh() throws(LinearAlgebraError) -> Tensor {
        try symmetricEigenvalues(withVectors: false, "eigvalsh").values
    }

    private func symmetricEigenvalues(
        withVectors: Bool, _ operation: StaticString
    ) throws(LinearAlgebraError) -> (values: Tensor, vectors: Tensor) {
        let batch = MatrixBatch(square: shape, in: operation)
        try requireFinite()
        let n = batch.rows
        let work = copied()
        let values = Tensor(uninitialized: batch.shape(n))
        let (a, w) = (work.pointer, values.pointer)
        // The lower triangle of a row-major matrix is the upper one of a column-major matrix.
        let failure = batch.firstFailure(operation) { index in
            LAPACK<Scalar>.syevd(withVectors, "U", n, a + index * n * n, w + index * n)
        }
        if failure > 0 { throw .noConvergence }
        return (values, work)
    }
}

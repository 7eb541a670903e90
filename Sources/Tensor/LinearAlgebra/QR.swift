/// The factors of `A = Q R`.
public struct QRDecomposition<Scalar: FloatingTensorScalar>: Sendable {
    /// Orthonormal columns, `[..., m, min(m, n)]`.
    public let q: Tensor<Scalar>
    /// An upper triangle, `[..., min(m, n), n]`. Its diagonal may be negative: the signs are those of LAPACK.
    public let r: Tensor<Scalar>
}

extension Tensor where Scalar: FloatingTensorScalar {
    /// The reduced QR decomposition of matrices `[..., m, n]` by Householder reflections.
    ///
    /// - Throws: ``LinearAlgebraError/nonFinite``
    public func qr() throws(LinearAlgebraError) -> QRDecomposition<Scalar> {
        let batch = MatrixBatch(shape, in: "qr")
        try requireFinite()
        let (m, n) = (batch.rows, batch.columns)
        let k = min(m, n)
        let work = columnMajor()
        let triangles = Tensor(zeros: batch.shape(n, k))
        let scales = Tensor(uninitialized: batch.shape(k))
        let (a, r, tau) = (work.pointer, triangles.pointer, scales.pointer)
        _ = batch.firstFailure("qr") { index in
            let matrix = a + index * m * n
            let info = LAPACK<Scalar>.geqrf(m, n, matrix, tau + index * k)
            if info != 0 { return info }
            LAPACK<Scalar>.lacpy("U", k, n, matrix, m, r + index * k * n, k)
            return LAPACK<Scalar>.orgqr(m, k, matrix, tau + index * k)
        }
        return QRDecomposition(
            q: work.narrowed(axis: -2, from: 0, count: k).transposed().contiguous(),
            r: triangles.transposed().contiguous())
    }
}

/// The eigenvalues and right eigenvectors of real matrices: `A v = value v`.
public struct Eigendecomposition<Scalar: FloatingTensorScalar>: Sendable {
    /// The eigenvalues, `[..., n]`, in no particular order; those that are not real come in conjugate pairs.
    public let eigenvalues: ComplexTensor<Scalar>
    /// Eigenvectors of length 1 in the columns, `[..., n, n]`.
    public let eigenvectors: ComplexTensor<Scalar>
}

extension Tensor where Scalar: FloatingTensorScalar {
    /// The eigenvalues and right eigenvectors of real square matrices `[..., n, n]`; use ``eigh()`` for symmetric ones.
    ///
    /// - Throws: ``LinearAlgebraError/noConvergence``, ``LinearAlgebraError/nonFinite``
    public func eig() throws(LinearAlgebraError) -> Eigendecomposition<Scalar> {
        let batch = MatrixBatch(square: shape, in: "eig")
        try requireFinite()
        let n = batch.rows
        let work = columnMajor()
        let real = Tensor(uninitialized: batch.shape(n))
        let imaginary = Tensor(uninitialized: batch.shape(n))
        let vectors = Tensor(uninitialized: work.shape)
        let vectorsImaginary = Tensor(zeros: work.shape)
        let (a, re, im, v, vi) = (
            work.pointer, real.pointer, imaginary.pointer, vectors.pointer, vectorsImaginary.pointer
        )
        let failure = batch.firstFailure("eig") { index in
            let (start, first) = (index * n * n, index * n)
            let info = LAPACK<Scalar>.geev(n, a + start, re + first, im + first, v + start)
            if info != 0 { return info }
            // A conjugate pair shares two columns: real part, then imaginary part of the first of the two.
            var column = 0
            while column < n {
                if im[first + column] == 0 {
                    column += 1
                    continue
                }
                let (one, two) = (start + column * n, start + (column + 1) * n)
                for row in 0..<n {
                    vi[one + row] = v[two + row]
                    vi[two + row] = -v[two + row]
                    v[two + row] = v[one + row]
                }
                column += 2
            }
            return 0
        }
        if failure > 0 { throw .noConvergence }
        return Eigendecomposition(
            eigenvalues: ComplexTensor(real: real, imaginary: imaginary),
            eigenvectors: ComplexTensor(
                real: vectors.transposed().contiguous(), imaginary: vectorsImaginary.transposed().contiguous()))
    }
}

import COpenBLAS

/// OpenBLAS, one thread to a call: Martlet's own pool shares the work out.
package enum BLAS {
    private static let setUp: Void = openblas_set_num_threads(1)

    /// Limits OpenBLAS to the calling thread; to be called before the first product.
    package static func prepare() { setUp }

    /// y = A x for row-major `[m, n]`, or y = Aᵀ x for a transposed operand, whose rows are `rowDistance` apart.
    ///
    /// The products that use each element of a matrix once are bound by memory, and OpenBLAS is as fast there as can be.
    static func multiply<Scalar: FloatingTensorScalar>(
        isTransposed: Bool, _ m: Int, _ n: Int, _ a: UnsafePointer<Scalar>, rowDistance: Int,
        _ x: UnsafePointer<Scalar>,
        step: Int, into y: UnsafeMutablePointer<Scalar>, step outputStep: Int
    ) {
        let operation = isTransposed ? CblasTrans : CblasNoTrans
        let (rows, columns, distance) = (blasint(m), blasint(n), blasint(max(rowDistance, n, 1)))
        if Scalar.dtype == .float32 {
            cblas_sgemv(
                CblasRowMajor, operation, rows, columns, 1, a.as(Float.self), distance, x.as(Float.self),
                blasint(step), 0, y.as(Float.self), blasint(outputStep))
        } else {
            cblas_dgemv(
                CblasRowMajor, operation, rows, columns, 1, a.as(Double.self), distance, x.as(Double.self),
                blasint(step), 0, y.as(Double.self), blasint(outputStep))
        }
    }
}

extension UnsafePointer {
    /// The same address as a pointer to the type that the generic parameter is known to be.
    func `as`<Element>(_ type: Element.Type) -> UnsafePointer<Element> {
        UnsafeRawPointer(self).assumingMemoryBound(to: type)
    }
}

extension UnsafeMutablePointer {
    /// The same address as a pointer to the type that the generic parameter is known to be.
    func `as`<Element>(_ type: Element.Type) -> UnsafeMutablePointer<Element> {
        UnsafeMutableRawPointer(self).assumingMemoryBound(to: type)
    }
}

import COpenBLAS

// Matrix products on row-major memory, for pieces of work that already run on a thread of their own.

extension BLAS {
    /// A matrix in memory: the distance between its stored rows, and whether the product uses its transpose.
    enum Operand {
        case asStored(Int)
        case transposed(Int)

        fileprivate var flag: CBLAS_TRANSPOSE {
            switch self {
            case .asStored: CblasNoTrans
            case .transposed: CblasTrans
            }
        }

        fileprivate var rowDistance: blasint {
            switch self {
            case .asStored(let distance), .transposed(let distance): blasint(max(distance, 1))
            }
        }
    }

    /// C += A B for C `[m, n]` and an inner extent `k`.
    static func addProduct<Scalar: FloatingTensorScalar>(
        _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Scalar>, _ left: Operand, _ b: UnsafePointer<Scalar>,
        _ right: Operand, _ c: UnsafeMutablePointer<Scalar>, _ rowDistance: Int
    ) {
        product(m, n, k, a, left, b, right, c, rowDistance, keep: 1)
    }

    /// C = A B for C `[m, n]` and an inner extent `k`.
    static func setProduct<Scalar: FloatingTensorScalar>(
        _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Scalar>, _ left: Operand, _ b: UnsafePointer<Scalar>,
        _ right: Operand, _ c: UnsafeMutablePointer<Scalar>, _ rowDistance: Int
    ) {
        product(m, n, k, a, left, b, right, c, rowDistance, keep: 0)
    }

    private static func product<Scalar: FloatingTensorScalar>(
        _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Scalar>, _ left: Operand, _ b: UnsafePointer<Scalar>,
        _ right: Operand, _ c: UnsafeMutablePointer<Scalar>, _ rowDistance: Int, keep: Double
    ) {
        let distance = blasint(max(rowDistance, 1))
        let (rows, columns, inner) = (blasint(m), blasint(n), blasint(k))
        if Scalar.dtype == .float32 {
            cblas_sgemm(
                CblasRowMajor, left.flag, right.flag, rows, columns, inner, 1, a.as(Float.self), left.rowDistance,
                b.as(Float.self), right.rowDistance, Float(keep), c.as(Float.self), distance)
        } else {
            cblas_dgemm(
                CblasRowMajor, left.flag, right.flag, rows, columns, inner, 1, a.as(Double.self), left.rowDistance,
                b.as(Double.self), right.rowDistance, keep, c.as(Double.self), distance)
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

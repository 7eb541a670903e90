import COpenBLAS

/// LAPACK's routines on column-major memory, chosen by the element type. Each returns LAPACK's `info`: 0, or the
/// position at which the computation broke down.
///
/// A row-major matrix is its own transpose to LAPACK; callers exploit that instead of copying.
enum LAPACK<Scalar: FloatingTensorScalar> {
    typealias Pointer = UnsafeMutablePointer<Scalar>

    private static var isFloat: Bool { Scalar.dtype == .float32 }
    private static var order: Int32 { LAPACK_COL_MAJOR }

    /// Cholesky factor of the triangle `triangle` ("U" or "L"), in place.
    static func potrf(_ triangle: Character, _ n: Int, _ a: Pointer) -> Int32 {
        isFloat
            ? LAPACKE_spotrf_work(order, triangle.code, Int32(n), a.as(Float.self), Int32(n))
            : LAPACKE_dpotrf_work(order, triangle.code, Int32(n), a.as(Double.self), Int32(n))
    }

    /// LU factors with partial pivoting, in place.
    static func getrf(_ n: Int, _ a: Pointer, _ pivots: UnsafeMutablePointer<Int32>) -> Int32 {
        isFloat
            ? LAPACKE_sgetrf_work(order, Int32(n), Int32(n), a.as(Float.self), Int32(n), pivots)
            : LAPACKE_dgetrf_work(order, Int32(n), Int32(n), a.as(Double.self), Int32(n), pivots)
    }

    /// Solves for `k` columns of `b` with the transpose of LU-factorised `a`.
    static func getrsTransposed(
        _ n: Int, _ k: Int, _ a: Pointer, _ pivots: UnsafeMutablePointer<Int32>, _ b: Pointer
    ) -> Int32 {
        let (n, k) = (Int32(n), Int32(k))
        return isFloat
            ? LAPACKE_sgetrs_work(order, Character("T").code, n, k, a.as(Float.self), n, pivots, b.as(Float.self), n)
            : LAPACKE_dgetrs_work(order, Character("T").code, n, k, a.as(Double.self), n, pivots, b.as(Double.self), n)
    }

    /// The inverse from LU factors, in place.
    static func getri(_ n: Int, _ a: Pointer, _ pivots: UnsafeMutablePointer<Int32>) -> Int32 {
        isFloat
            ? LAPACKE_sgetri(order, Int32(n), a.as(Float.self), Int32(n), pivots)
            : LAPACKE_dgetri(order, Int32(n), a.as(Double.self), Int32(n), pivots)
    }

    /// QR factors by Householder reflections, in place, of an `m` by `n` matrix.
    static func geqrf(_ m: Int, _ n: Int, _ a: Pointer, _ tau: Pointer) -> Int32 {
        isFloat
            ? LAPACKE_sgeqrf(order, Int32(m), Int32(n), a.as(Float.self), Int32(m), tau.as(Float.self))
            : LAPACKE_dgeqrf(order, Int32(m), Int32(n), a.as(Double.self), Int32(m), tau.as(Double.self))
    }

    /// The first `k` columns of Q from `k` reflections, in place.
    static func orgqr(_ m: Int, _ k: Int, _ a: Pointer, _ tau: Pointer) -> Int32 {
        let (m, k) = (Int32(m), Int32(k))
        return isFloat
            ? LAPACKE_sorgqr(order, m, k, k, a.as(Float.self), m, tau.as(Float.self))
            : LAPACKE_dorgqr(order, m, k, k, a.as(Double.self), m, tau.as(Double.self))
    }

    /// Eigenvalues, and eigenvectors in place of `a`, of a symmetric matrix whose triangle `triangle` counts.
    static func syevd(_ vectors: Bool, _ triangle: Character, _ n: Int, _ a: Pointer, _ values: Pointer) -> Int32 {
        let job = Character(vectors ? "V" : "N").code
        return isFloat
            ? LAPACKE_ssyevd(order, job, triangle.code, Int32(n), a.as(Float.self), Int32(n), values.as(Float.self))
            : LAPACKE_dsyevd(order, job, triangle.code, Int32(n), a.as(Double.self), Int32(n), values.as(Double.self))
    }

    /// Eigenvalues and right eigenvectors of a general matrix, which is overwritten.
    static func geev(_ n: Int, _ a: Pointer, _ re: Pointer, _ im: Pointer, _ vectors: Pointer) -> Int32 {
        let (none, all) = (Character("N").code, Character("V").code)
        let n = Int32(n)
        return isFloat
            ? LAPACKE_sgeev(
                order, none, all, n, a.as(Float.self), n, re.as(Float.self), im.as(Float.self), nil, 1,
                vectors.as(Float.self), n)
            : LAPACKE_dgeev(
                order, none, all, n, a.as(Double.self), n, re.as(Double.self), im.as(Double.self), nil, 1,
                vectors.as(Double.self), n)
    }

    /// Thin singular value decomposition of an `m` by `n` matrix, which is overwritten; values only without `u`, `vt`.
    static func gesdd(_ m: Int, _ n: Int, _ a: Pointer, _ values: Pointer, _ u: Pointer?, _ vt: Pointer?) -> Int32 {
        let job = Character(u == nil ? "N" : "S").code
        let (rows, columns, rank) = (Int32(m), Int32(n), Int32(min(m, n)))
        return isFloat
            ? LAPACKE_sgesdd(
                order, job, rows, columns, a.as(Float.self), rows, values.as(Float.self), u?.as(Float.self), rows,
                vt?.as(Float.self), rank)
            : LAPACKE_dgesdd(
                order, job, rows, columns, a.as(Double.self), rows, values.as(Double.self), u?.as(Double.self), rows,
                vt?.as(Double.self), rank)
    }

    /// The least-squares solution of least norm for `k` columns of `b` with `max(m, n)` rows; overwrites everything.
    static func gelsd(
        _ m: Int, _ n: Int, _ k: Int, _ a: Pointer, _ b: Pointer, _ values: Pointer, _ cutoff: Double,
        _ rank: UnsafeMutablePointer<Int32>
    ) -> Int32 {
        let rows = Int32(max(m, n))
        let (m, n, k) = (Int32(m), Int32(n), Int32(k))
        return isFloat
            ? LAPACKE_sgelsd(
                order, m, n, k, a.as(Float.self), m, b.as(Float.self), rows, values.as(Float.self), Float(cutoff), rank)
            : LAPACKE_dgelsd(
                order, m, n, k, a.as(Double.self), m, b.as(Double.self), rows, values.as(Double.self), cutoff, rank)
    }

    /// Copies the part `part` ("U", "L", or "A" for all) of an `m` by `n` matrix.
    static func lacpy(
        _ part: Character, _ m: Int, _ n: Int, _ source: Pointer, _ sourceRows: Int, _ target: Pointer,
        _ targetRows: Int
    ) {
        let (m, n, from, to) = (Int32(m), Int32(n), Int32(sourceRows), Int32(targetRows))
        _ =
            isFloat
            ? LAPACKE_slacpy_work(order, part.code, m, n, source.as(Float.self), from, target.as(Float.self), to)
            : LAPACKE_dlacpy_work(order, part.code, m, n, source.as(Double.self), from, target.as(Double.self), to)
    }

    /// Sets the strict part `part` ("U" or "L") of an `n` by `n` matrix to zero.
    static func clearStrictTriangle(_ part: Character, _ n: Int, _ a: Pointer) {
        guard n > 1 else { return }
        let size = Int32(n - 1)
        let start = part == "U" ? a + n : a + 1
        _ =
            isFloat
            ? LAPACKE_slaset_work(order, part.code, size, size, 0, 0, start.as(Float.self), Int32(n))
            : LAPACKE_dlaset_work(order, part.code, size, size, 0, 0, start.as(Double.self), Int32(n))
    }

    /// Solves op(A) X = B in place for ROW-major `a` `[n, n]` and `b` `[n, k]`.
    static func trsm(
        upper: Bool, transposed: Bool, unitriangular: Bool, _ n: Int, _ k: Int, _ a: UnsafePointer<Scalar>, _ b: Pointer
    ) {
        let triangle = upper ? CblasUpper : CblasLower
        let transposition = transposed ? CblasTrans : CblasNoTrans
        let diagonal = unitriangular ? CblasUnit : CblasNonUnit
        let (n, k) = (Int32(n), Int32(k))
        if isFloat {
            cblas_strsm(
                CblasRowMajor, CblasLeft, triangle, transposition, diagonal, n, k, 1, a.as(Float.self), n,
                b.as(Float.self), k)
        } else {
            cblas_dtrsm(
                CblasRowMajor, CblasLeft, triangle, transposition, diagonal, n, k, 1, a.as(Double.self), n,
                b.as(Double.self), k)
        }
    }
}

extension Character {
    fileprivate var code: CChar { CChar(bitPattern: asciiValue ?? 0) }
}

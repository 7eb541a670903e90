import COpenBLAS

infix operator • : MultiplicationPrecedence

extension Tensor where Scalar: FloatingTensorScalar {
    /// The matrix product, by NumPy's rules.
    ///
    /// `[m, k] • [k, n]` gives `[m, n]`; leading axes are batches and broadcast; a vector on the left is a row, on the
    /// right a column, and its axis vanishes from the result. Transposed operands cost no copy. An inner extent of 0
    /// gives zeros. Traps if the inner extents differ.
    public func matmul(_ other: Tensor) -> Tensor { Tensor.product(self, other) }

    /// The matrix product; see ``matmul(_:)``.
    public static func • (lhs: Tensor, rhs: Tensor) -> Tensor { product(lhs, rhs) }

    /// The inner product of two vectors, as a scalar.
    public func dot(_ other: Tensor) -> Tensor {
        guard rank == 1, other.rank == 1 else {
            trap("dot: the shapes \(shape) and \(other.shape) are not both vectors")
        }
        return matmul(other)
    }

    /// The products of all pairs of elements of two vectors, `[m, n]`.
    public func outer(_ other: Tensor) -> Tensor {
        guard rank == 1, other.rank == 1 else {
            trap("outer: the shapes \(shape) and \(other.shape) are not both vectors")
        }
        return unsqueezed(1) * other.unsqueezed(0)
    }

    private static func product(_ a: Tensor, _ b: Tensor) -> Tensor {
        guard a.rank > 0, b.rank > 0 else {
            trap("matmul: a scalar cannot be multiplied as a matrix (shapes \(a.shape) and \(b.shape))")
        }
        // Operands that BLAS cannot read are copied before they are broadcast, not once for every matrix of the batch.
        let left = BLASOperand.readable(a.rank == 1 ? a.unsqueezed(0) : a)
        let right = BLASOperand.readable(b.rank == 1 ? b.unsqueezed(1) : b)
        let (m, k) = (left.shape[-2], left.shape[-1])
        let n = right.shape[-1]
        guard right.shape[-2] == k else {
            trap("matmul: the inner extents of \(a.shape) and \(b.shape) differ: \(k) and \(right.shape[-2])")
        }
        var batchA = left.shape
        var batchB = right.shape
        batchA.removeLastTwo()
        batchB.removeLastTwo()
        let batch = TensorShape.broadcast(batchA, batchB, in: "matmul")
        var shape = batch
        shape.append(m)
        shape.append(n)
        var result: Tensor
        if batchB.rank == 0, batch.rank > 0, left.layout.isContiguous {
            // One right-hand side for the whole batch: a single tall product.
            let rows = batch.elementCount * m
            result = Tensor(uninitialized: [rows, n])
            MatrixProduct(left.reshaped([rows, k] as TensorShape), right, result).run()
            result = result.reshaped(shape)
        } else {
            result = Tensor(uninitialized: shape)
            var fullA = batch
            fullA.append(m)
            fullA.append(k)
            var fullB = batch
            fullB.append(k)
            fullB.append(n)
            MatrixProduct(left.broadcast(to: fullA), right.broadcast(to: fullB), result).run()
        }
        if a.rank == 1 { result = result.squeezed(-2) }
        if b.rank == 1 { result = result.squeezed(-1) }
        return result
    }
}

extension TensorShape {
    mutating func removeLastTwo() {
        var shorter = TensorShape()
        for axis in 0..<(rank - 2) { shorter.append(extents[axis]) }
        self = shorter
    }
}

/// A batch of products of equal shape, cut into blocks for the threads.
///
/// The cut depends on the shapes alone, so the result does not depend on the number of threads.
private struct MatrixProduct<Scalar: FloatingTensorScalar> {
    let a: BLASOperand<Scalar>
    let b: BLASOperand<Scalar>
    let c: Tensor<Scalar>
    let (m, n, k): (Int, Int, Int)
    let batchCount: Int

    init(_ a: Tensor<Scalar>, _ b: Tensor<Scalar>, _ c: Tensor<Scalar>) {
        self.a = BLASOperand(a)
        self.b = BLASOperand(b)
        self.c = c
        (m, n, k) = (a.shape[-2], b.shape[-1], a.shape[-1])
        batchCount = m * n == 0 ? 0 : c.count / (m * n)
    }

    func run() {
        guard c.count > 0 else { return }
        BLAS.prepare()
        let flops = 2 * m * n * k
        // Blocks of at least 2^24 operations and 128 rows (or columns); one BLAS call below that.
        let extent = max(m, n)
        let blocks = max(1, min(flops >> 24, extent / (extent >= 512 ? 256 : 128), 64))
        let blockSize = (extent + blocks - 1) / blocks
        let units = batchCount * blocks
        let grain = max(1, (1 << 20) / max(1, flops / blocks))
        Parallelism.forEachPiece(of: units, grain: grain) { piece in
            for unit in piece {
                let start = (unit % blocks) * blockSize
                let size = min(blockSize, extent - start)
                if size <= 0 { continue }
                if m >= n {
                    multiply(batch: unit / blocks, rows: start..<(start + size), columns: 0..<n)
                } else {
                    multiply(batch: unit / blocks, rows: 0..<m, columns: start..<(start + size))
                }
            }
        }
    }

    private func multiply(batch: Int, rows: Range<Int>, columns: Range<Int>) {
        let left = a.matrix(batch) + rows.lowerBound * a.rowStride
        let right = b.matrix(batch) + columns.lowerBound * b.columnStride
        let target = c.pointer + batch * m * n + rows.lowerBound * n + columns.lowerBound
        BLAS.gemm(
            left, a.isTransposed, a.leadingDimension, right, b.isTransposed, b.leadingDimension, target, n,
            rows.count, columns.count, k)
    }
}

/// A batch of matrices as BLAS wants it: one of the last two axes has stride 1.
struct BLASOperand<Scalar: FloatingTensorScalar> {
    private let tensor: Tensor<Scalar>
    let isTransposed: Bool
    let leadingDimension: Int
    let rowStride: Int
    let columnStride: Int

    init(_ matrices: Tensor<Scalar>) {
        var (rows, columns) = BLASOperand.strides(matrices)
        let (m, n) = (matrices.shape[-2], matrices.shape[-1])
        if columns == 1 && rows >= max(1, n) {
            tensor = matrices
            isTransposed = false
        } else if rows == 1 && columns >= max(1, m) {
            tensor = matrices
            isTransposed = true
        } else {
            tensor = matrices.copied()
            isTransposed = false
            (rows, columns) = (max(1, n), 1)
        }
        rowStride = rows
        columnStride = columns
        leadingDimension = isTransposed ? columns : rows
    }

    /// The matrices themselves, or a copy if neither of the last two axes has a stride that BLAS can read.
    static func readable(_ matrices: Tensor<Scalar>) -> Tensor<Scalar> {
        let (rows, columns) = strides(matrices)
        let (m, n) = (matrices.shape[-2], matrices.shape[-1])
        let isReadable = columns == 1 && rows >= max(1, n) || rows == 1 && columns >= max(1, m)
        return isReadable ? matrices : matrices.copied()
    }

    /// The strides of the last two axes; an axis of extent 1 gets the stride that suits BLAS.
    private static func strides(_ matrices: Tensor<Scalar>) -> (rows: Int, columns: Int) {
        let (m, n) = (matrices.shape[-2], matrices.shape[-1])
        var rows = matrices.layout.strides[-2]
        var columns = matrices.layout.strides[-1]
        if n == 1 { columns = rows == 1 ? max(1, m) : 1 }
        if m == 1 { rows = columns == 1 ? max(1, n) : 1 }
        if m == 1 && n == 1 { (rows, columns) = (1, 1) }
        return (rows, columns)
    }

    /// The first element of a matrix of the batch.
    func matrix(_ index: Int) -> UnsafeMutablePointer<Scalar> {
        var offset = 0
        var rest = index
        var axis = tensor.rank - 3
        while axis >= 0 {
            let extent = tensor.shape.extents[axis]
            offset += rest % extent * tensor.layout.strides.extents[axis]
            rest /= extent
            axis -= 1
        }
        return tensor.pointer + offset
    }
}

/// OpenBLAS, one thread to a call: Martlet's own pool shares the work out.
package enum BLAS {
    private static let setUp: Void = openblas_set_num_threads(1)

    /// Limits OpenBLAS to the calling thread; to be called before the first product.
    package static func prepare() { setUp }

    /// C = op(A) op(B), row-major.
    static func gemm<Scalar: FloatingTensorScalar>(
        _ a: UnsafeMutablePointer<Scalar>, _ transposeA: Bool, _ lda: Int, _ b: UnsafeMutablePointer<Scalar>,
        _ transposeB: Bool, _ ldb: Int, _ c: UnsafeMutablePointer<Scalar>, _ ldc: Int, _ m: Int, _ n: Int, _ k: Int
    ) {
        if k == 0 {
            for row in 0..<m { (c + row * ldc).update(repeating: 0, count: n) }
            return
        }
        let opA = transposeA ? CblasTrans : CblasNoTrans
        let opB = transposeB ? CblasTrans : CblasNoTrans
        let (pa, pb, pc) = (UnsafeRawPointer(a), UnsafeRawPointer(b), UnsafeMutableRawPointer(c))
        if Scalar.dtype == .float32 {
            cblas_sgemm(
                CblasRowMajor, opA, opB, Int32(m), Int32(n), Int32(k), 1, pa.assumingMemoryBound(to: Float.self),
                Int32(lda), pb.assumingMemoryBound(to: Float.self), Int32(ldb), 0,
                pc.assumingMemoryBound(to: Float.self), Int32(ldc))
        } else {
            cblas_dgemm(
                CblasRowMajor, opA, opB, Int32(m), Int32(n), Int32(k), 1, pa.assumingMemoryBound(to: Double.self),
                Int32(lda), pb.assumingMemoryBound(to: Double.self), Int32(ldb), 0,
                pc.assumingMemoryBound(to: Double.self), Int32(ldc))
        }
    }
}

import CKernels

/// A batch of products C = A B of equal shape, shared between the threads.
///
/// Every element of C is summed in the same order however the work is cut, so the result does not depend on the threads.
struct BlockedProduct<Scalar: FloatingTensorScalar> {
    let a: MatrixOperand<Scalar>
    let b: MatrixOperand<Scalar>
    /// `[batch, m, n]`, row-major.
    let c: UnsafeMutablePointer<Scalar>
    let (m, n, k): (Int, Int, Int)
    let batchCount: Int
    /// The bias that is added while C is in the cache.
    var epilogue: mk_epilogue?

    func run() {
        guard batchCount > 0, m > 0, n > 0 else { return }
        if (m == 1 || n == 1) && k > 0 && !b.isStored && runAsVector() { return }
        let operations = 2 * m * n * max(k, 1)
        if operations < 1 << 22 || batchCount >= 4 * Parallelism.threadCount || Parallelism.threadCount == 1 {
            Parallelism.forEachPiece(of: batchCount, grain: max(1, (1 << 20) / operations)) { piece in
                let workspace = Workspace(mk_gemm_workspace(Scalar.isDouble, m, n, k))
                for index in piece {
                    var (left, right) = (a.matrix(index), b.matrix(index))
                    withEpilogue(epilogue) {
                        mk_gemm(Scalar.isDouble, m, n, k, &left, &right, c + index * m * n, n, 0, $0, workspace.bytes)
                    }
                }
            }
        } else {
            for index in 0..<batchCount { runShared(index) }
        }
    }

    /// One large product: every thread computes a band of C's columns, or of its rows if there are more of them.
    ///
    /// What the bands share, A or B, is packed by each thread for itself: that costs a hundredth of the time, and nobody
    /// waits for anybody before the end.
    private func runShared(_ index: Int) {
        let kernels = mk_gemm_of(Scalar.isDouble)!.pointee
        let isWide = n >= m
        let (extent, tile) = isWide ? (n, Int(kernels.columns)) : (m, Int(kernels.rows))
        let tiles = extent.dividedUp(by: tile)
        Parallelism.forEachPiece(of: tiles, grain: tiles.dividedUp(by: Parallelism.threadCount)) { piece in
            let first = piece.lowerBound * tile
            let count = min(piece.count * tile, extent - first)
            let (rows, columns) = isWide ? (m, count) : (count, n)
            var left = a.matrix(index, row: isWide ? 0 : first)
            var right = b.matrix(index, column: isWide ? first : 0)
            var after = epilogue
            if isWide, let bias = epilogue?.bias { after?.bias = bias + first * MemoryLayout<Scalar>.stride }
            let workspace = Workspace(mk_gemm_workspace(Scalar.isDouble, rows, columns, k))
            withEpilogue(after) {
                mk_gemm(
                    Scalar.isDouble, rows, columns, k, &left, &right, c + index * m * n + (isWide ? first : first * n),
                    n, 0, $0, workspace.bytes)
            }
        }
    }

    private func withEpilogue(_ epilogue: mk_epilogue?, _ body: (UnsafePointer<mk_epilogue>?) -> Void) {
        if let epilogue { withUnsafePointer(to: epilogue) { body($0) } } else { body(nil) }
    }

    /// A product with a vector; false if the matrix lies in a way that OpenBLAS cannot read.
    private func runAsVector() -> Bool {
        // Of A x the matrix is A; of x B it is B, transposed.
        let matrix = n == 1 ? a : b
        let vector = n == 1 ? b : a
        let (lines, line, element) =
            n == 1
            ? (m, matrix.rowStride, matrix.columnStride) : (n, matrix.columnStride, matrix.rowStride)
        let step = n == 1 ? vector.rowStride : vector.columnStride
        // Lines one after another, or side by side.
        let isContiguous = element == 1 && line >= k || k == 1 && line > 0
        guard isContiguous || line == 1 && element >= lines || lines == 1 && element > 0, step > 0 else { return false }
        BLAS.prepare()
        // Pieces of 64 lines, so that where a piece ends never changes how its elements are summed.
        let units = lines.dividedUp(by: 64)
        Parallelism.forEachPiece(of: batchCount * units, grain: max(1, Grain.elementwise / (64 * k))) { piece in
            var unit = piece.lowerBound
            while unit < piece.upperBound {
                let (index, first) = (unit / units, unit % units)
                let last = min(units, first + piece.upperBound - unit)
                let (from, to) = (first * 64, min(last * 64, lines))
                let source = matrix.pointer(index) + from * line
                let x = vector.pointer(index)
                let y = c + index * lines + from
                if isContiguous {
                    BLAS.multiply(
                        isTransposed: false, to - from, k, source, rowDistance: line, x, step: step, into: y, step: 1)
                } else {
                    BLAS.multiply(
                        isTransposed: true, k, to - from, source, rowDistance: element, x, step: step, into: y, step: 1)
                }
                if let bias = epilogue?.bias?.assumingMemoryBound(to: Scalar.self) {
                    for line in from..<to { y[line - from] += bias[n == 1 ? 0 : line] }
                }
                unit += last - first
            }
        }
        return true
    }
}

/// Memory for the duration of a call, from the cache that tensors use.
struct Workspace: ~Copyable {
    let bytes: UnsafeMutableRawPointer
    private let capacity: Int

    init(_ byteCount: Int) {
        (bytes, capacity) = Memory.allocate(byteCount: byteCount)
    }

    func elements<Scalar>(_ type: Scalar.Type) -> UnsafeMutablePointer<Scalar> { bytes.assumingMemoryBound(to: type) }

    deinit { Memory.deallocate(bytes, capacity: capacity) }
}

extension Int {
    /// The quotient, rounded up.
    func dividedUp(by divisor: Int) -> Int { (self + divisor - 1) / divisor }
}

extension FloatingTensorScalar {
    /// 1 for Double, 0 for Float, as the kernels of matrices number them.
    static var isDouble: Int32 { dtype == .float64 ? 1 : 0 }
}

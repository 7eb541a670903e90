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
    /// What is done to C while it is in the cache; a product with a vector takes a bias only.
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
                    withEpilogue {
                        mk_gemm(Scalar.isDouble, m, n, k, &left, &right, c + index * m * n, n, 0, $0, workspace.bytes)
                    }
                }
            }
        } else {
            for index in 0..<batchCount { runShared(a.matrix(index), b.matrix(index), c + index * m * n) }
        }
    }

    /// One large product: all threads pack, then all threads multiply what is packed.
    private func runShared(_ left: mk_matrix, _ right: mk_matrix, _ c: UnsafeMutablePointer<Scalar>) {
        let kernels = mk_gemm_of(Scalar.isDouble)!.pointee
        let (tall, wide) = (Int(kernels.rows), Int(kernels.columns))
        // So much of A and B is packed at a time.
        let (mostRows, mostColumns, depth) = (min(m, 6720), min(n, 4096), Int(MK_GEMM_DEPTH))
        let panelsA = Workspace((mostRows + tall) * depth * MemoryLayout<Scalar>.stride)
        let panelsB = Workspace((mostColumns + wide) * depth * MemoryLayout<Scalar>.stride)
        for firstColumn in stride(from: 0, to: n, by: mostColumns) {
            let columns = min(mostColumns, n - firstColumn)
            for step in stride(from: 0, to: k, by: depth) {
                let steps = min(depth, k - step)
                let isLast = step + steps == k
                for firstRow in stride(from: 0, to: m, by: mostRows) {
                    let rows = min(mostRows, m - firstRow)
                    let stripsB = firstRow == 0 ? columns.dividedUp(by: wide) : 0
                    let stripsA = rows.dividedUp(by: tall)
                    Parallelism.forEachPiece(of: stripsA + stripsB, grain: 4) { piece in
                        let inA = piece.clamped(to: 0..<stripsA)
                        let inB = piece.clamped(to: stripsA..<(stripsA + stripsB))
                        if !inA.isEmpty {
                            let first = inA.lowerBound * tall
                            withUnsafePointer(to: left) {
                                kernels.pack(
                                    $0, 1, firstRow + first, min(inA.count * tall, rows - first), step, steps,
                                    panelsA.elements(Scalar.self) + first * steps)
                            }
                        }
                        if !inB.isEmpty {
                            let first = (inB.lowerBound - stripsA) * wide
                            withUnsafePointer(to: right) {
                                kernels.pack(
                                    $0, 0, firstColumn + first, min(inB.count * wide, columns - first), step, steps,
                                    panelsB.elements(Scalar.self) + first * steps)
                            }
                        }
                    }
                    let tiles = Tiling(rows, columns, tall, wide)
                    Parallelism.forEachPiece(of: tiles.count, grain: 1) { piece in
                        for tile in piece {
                            let (row, column, height, width) = tiles.block(tile)
                            withEpilogue {
                                kernels.block(
                                    height, width, steps, panelsA.elements(Scalar.self) + row * steps,
                                    panelsB.elements(Scalar.self) + column * steps,
                                    c + (firstRow + row) * n + firstColumn + column, n, step > 0 ? 1 : 0,
                                    isLast ? $0 : nil, firstRow + row, firstColumn + column)
                            }
                        }
                    }
                }
            }
        }
    }

    private func withEpilogue(_ body: (UnsafePointer<mk_epilogue>?) -> Void) {
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

/// How a packed part of C is cut: blocks of rows that stay in the second cache, and of columns if there are few rows.
private struct Tiling {
    let count: Int
    private let (rows, columns): (Int, Int)
    private let (height, width): (Int, Int)
    private let across: Int

    init(_ rows: Int, _ columns: Int, _ tall: Int, _ wide: Int) {
        (self.rows, self.columns) = (rows, columns)
        // Blocks of even height, multiples of the kernel's tile.
        let down = rows.dividedUp(by: Int(MK_GEMM_BLOCK_ROWS))
        height = rows.dividedUp(by: down).dividedUp(by: tall) * tall
        // Enough blocks for the threads, but not narrower than four strips.
        let parts = max(1, min(8 * Parallelism.threadCount / down, columns / (4 * wide)))
        width = columns.dividedUp(by: parts).dividedUp(by: wide) * wide
        across = columns.dividedUp(by: width)
        count = rows.dividedUp(by: height) * across
    }

    func block(_ index: Int) -> (row: Int, column: Int, height: Int, width: Int) {
        let (row, column) = (index / across * height, index % across * width)
        return (row, column, min(height, rows - row), min(width, columns - column))
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

import CKernels

/// A walk over the elements of up to three operands in the row-major order of the result.
///
/// Axes that can be merged are merged, so most walks become one flat loop; the rest is cut into two-dimensional blocks,
/// which the kernels understand.
struct StridedLoop {
    private var extents = TensorShape()
    private var strides: InlineArray<3, TensorShape>
    private var offsets: InlineArray<3, Int>
    private let operandCount: Int
    private let elementCount: Int

    /// A rectangle of the result: `rows` runs of `columns` elements that follow one another in the result.
    struct Block {
        var rows: Int
        var columns: Int
        /// The position in the result of the block's first element.
        var outputIndex: Int
        fileprivate var offsets: InlineArray<3, Int>
        fileprivate var rowStrides: InlineArray<3, Int>
        fileprivate var steps: InlineArray<3, Int>

        /// An operand's part of the block, in its storage that begins at `base`.
        func operand(_ index: Int, _ base: UnsafeMutableRawPointer, _ elementBytes: Int) -> mk_operand {
            mk_operand(data: base + offsets[index] * elementBytes, row: rowStrides[index], step: steps[index])
        }
    }

    /// A walk over one operand; its layout has the result's shape.
    init(_ shape: TensorShape, _ a: Layout) {
        self.init(shape, operandCount: 1, [a, a, a])
    }

    /// A walk over two operands, both broadcast to the result's shape.
    init(_ shape: TensorShape, _ a: Layout, _ b: Layout) {
        self.init(shape, operandCount: 2, [a, b, b])
    }

    /// A walk over three operands, all broadcast to the result's shape.
    init(_ shape: TensorShape, _ a: Layout, _ b: Layout, _ c: Layout) {
        self.init(shape, operandCount: 3, [a, b, c])
    }

    private init(_ shape: TensorShape, operandCount: Int, _ operands: InlineArray<3, Layout>) {
        self.operandCount = operandCount
        elementCount = shape.elementCount
        strides = InlineArray(repeating: TensorShape())
        offsets = [operands[0].offset, operands[1].offset, operands[2].offset]
        for axis in 0..<shape.rank where shape.extents[axis] != 1 {
            let last = extents.rank - 1
            var merges = last >= 0
            if merges {
                for k in 0..<operandCount
                where strides[k].extents[last] != operands[k].strides.extents[axis] &* shape.extents[axis] {
                    merges = false
                }
            }
            if merges {
                extents.extents[last] *= shape.extents[axis]
                for k in 0..<operandCount { strides[k].extents[last] = operands[k].strides.extents[axis] }
            } else {
                extents.append(shape.extents[axis])
                for k in 0..<operandCount { strides[k].append(operands[k].strides.extents[axis]) }
            }
        }
    }

    /// Calls `body` for blocks that cover the result, on several threads if there is work for them.
    func forEachBlock(grain: Int, _ body: (Block) -> Void) {
        guard elementCount > 0 else { return }
        let rank = extents.rank
        let columns = rank > 0 ? extents.extents[rank - 1] : 1
        let rowCount = elementCount / columns
        if rowCount == 1 {
            Parallelism.forEachPiece(of: columns, grain: grain) { piece in
                var block = makeBlock(rows: 1, columns: piece.count, outputIndex: piece.lowerBound)
                for k in 0..<operandCount { block.offsets[k] += piece.lowerBound * block.steps[k] }
                body(block)
            }
            return
        }
        let rowGrain = max(1, grain / columns)
        let rowsPerRun = extents.extents[rank - 2]
        Parallelism.forEachPiece(of: rowCount, grain: rowGrain) { piece in
            var row = piece.lowerBound
            while row < piece.upperBound {
                let inRun = row % rowsPerRun
                let rows = min(rowsPerRun - inRun, piece.upperBound - row)
                var block = makeBlock(rows: rows, columns: columns, outputIndex: row * columns)
                var rest = row
                var axis = rank - 2
                while axis >= 0 {
                    let position = rest % extents.extents[axis]
                    rest /= extents.extents[axis]
                    for k in 0..<operandCount { block.offsets[k] += position * strides[k].extents[axis] }
                    axis -= 1
                }
                body(block)
                row += rows
            }
        }
    }

    private func makeBlock(rows: Int, columns: Int, outputIndex: Int) -> Block {
        var block = Block(
            rows: rows, columns: columns, outputIndex: outputIndex, offsets: offsets,
            rowStrides: InlineArray(repeating: 0), steps: InlineArray(repeating: 0))
        let rank = extents.rank
        for k in 0..<operandCount {
            if rank > 0 { block.steps[k] = strides[k].extents[rank - 1] }
            if rank > 1 { block.rowStrides[k] = strides[k].extents[rank - 2] }
        }
        // A scalar has one element and no stride; one flat step lets kernels take their fast path.
        if rank == 0 { for k in 0..<operandCount { block.steps[k] = 1 } }
        return block
    }
}

/// Copies a block of strided elements of 1, 2, 4 or 8 bytes.
func copyBlock(_ bytes: Int, _ rows: Int, _ columns: Int, _ source: mk_operand, _ target: UnsafeMutableRawPointer) {
    mk_copy(bytes, rows, columns, source, target)
}

/// Fills memory with one element of 1, 2, 4 or 8 bytes.
func fillElements(_ bytes: Int, _ count: Int, _ value: UnsafeRawPointer, _ target: UnsafeMutableRawPointer) {
    mk_fill(bytes, count, value, target)
}

extension DType {
    /// The kernels' number of the type.
    var kernelType: mk_type { mk_type(UInt32(rawValue)) }
}

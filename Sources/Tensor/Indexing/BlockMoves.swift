import CKernels

/// Blocks of elements at checked offsets: what every operation that takes indices comes down to.
///
/// Block (i, j) has `width` elements that follow one another and starts at `base[i] + rest[j]`.
struct BlockPattern {
    /// Offsets in elements, all inside the tensor that they refer to.
    var base: Tensor<Int64>
    /// Further offsets for every base; nil stands for a single 0.
    var rest: Tensor<Int64>?
    var width: Int

    var outer: Int { base.count }
    var inner: Int { rest?.count ?? 1 }
    var elementCount: Int { outer * inner * width }

    private var baseStart: UnsafePointer<Int64> { UnsafePointer(base.pointer) }
    private var restStart: UnsafePointer<Int64>? { rest.map { UnsafePointer($0.pointer) } }

    /// Copies the blocks at `source`, one after another, to `target`.
    func gather(elementBytes: Int, from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer) {
        guard elementCount > 0 else { return }
        let rowBytes = inner * width * elementBytes
        Parallelism.forEachPiece(of: outer, grain: max(1, Grain.elementwise / (inner * width))) { piece in
            mk_gather_blocks(
                elementBytes, piece.count, baseStart + piece.lowerBound, inner, restStart, width, source,
                target + piece.lowerBound * rowBytes)
        }
    }

    /// Copies blocks from `source`, where they follow one another, to their places in `target`; the last write wins.
    ///
    /// - Parameter repeatsRow: `source` holds the blocks of one base only, and every base gets them.
    func scatter(
        elementBytes: Int, from source: UnsafeRawPointer, repeatsRow: Bool = false, to target: UnsafeMutableRawPointer
    ) {
        guard elementCount > 0 else { return }
        let row = repeatsRow ? 0 : inner * width
        forEachColumnRange { columns in
            mk_scatter_blocks(
                elementBytes, outer, baseStart, inner, restStart, columns.count,
                source + columns.lowerBound * elementBytes, row, width, target + columns.lowerBound * elementBytes)
        }
    }

    /// Combines blocks from `source` with what `target` holds, in index order.
    func accumulate<Scalar: NumericTensorScalar>(
        _ operation: mk_accumulation, from source: UnsafePointer<Scalar>, to target: UnsafeMutablePointer<Scalar>
    ) {
        guard elementCount > 0 else { return }
        let type = Scalar.dtype.kernelType
        let code = Int32(operation.rawValue)
        forEachColumnRange { columns in
            let failure = mk_accumulate_blocks(
                type, code, outer, baseStart, inner, restStart, columns.count, source + columns.lowerBound,
                inner * width, width, target + columns.lowerBound)
            if failure != 0 { trap("adding at indices is not defined for elements of type \(Scalar.dtype)") }
        }
    }

    /// Splits the columns of the blocks among threads: bases may repeat, so rows must stay in order on one thread.
    private func forEachColumnRange(_ body: (Range<Int>) -> Void) {
        let columnGrain = max(64, Grain.elementwise / (outer * inner))
        Parallelism.forEachPiece(of: width, grain: columnGrain, body)
    }

    /// The same moves restricted to part of the bases.
    func bases(_ range: Range<Int>) -> BlockPattern {
        BlockPattern(
            base: base.narrowed(axis: 0, from: range.lowerBound, count: range.count), rest: rest, width: width)
    }
}

extension BlockPattern {
    /// The blocks that positions along one axis select in a row-major tensor of shape `shape`.
    init(positions: Tensor<Int64>, axis: Int, in shape: TensorShape) {
        var outer = 1
        var inner = 1
        for position in 0..<axis { outer *= shape.extents[position] }
        for position in axis + 1..<max(shape.rank, axis + 1) { inner *= shape.extents[position] }
        let offsets = scaledOffsets(positions, by: inner)
        if outer == 1 {
            self.init(base: offsets, rest: nil, width: inner)
        } else {
            let step = inner * shape.extents[axis]
            self.init(base: arithmeticOffsets(count: outer, step: step), rest: offsets, width: inner)
        }
    }

    /// The blocks that make up a strided region: axes whose elements follow one another become the width.
    init(base: Tensor<Int64>, extents: TensorShape, strides: TensorShape) {
        var width = 1
        var axis = extents.rank - 1
        while axis >= 0, extents.extents[axis] == 1 || strides.extents[axis] == width {
            width *= extents.extents[axis]
            axis -= 1
        }
        guard axis >= 0 else {
            self.init(base: base, rest: nil, width: width)
            return
        }
        var outerExtents = TensorShape()
        var outerStrides = TensorShape()
        for position in 0...axis {
            outerExtents.append(extents.extents[position])
            outerStrides.append(strides.extents[position])
        }
        self.init(base: base, rest: stridedOffsets(outerExtents, outerStrides), width: width)
    }
}

/// 0, step, 2 step, ...
func arithmeticOffsets(count: Int, step: Int) -> Tensor<Int64> {
    stridedOffsets([count], [step])
}

/// The offset of every element of a strided region, in row-major order.
func stridedOffsets(_ extents: TensorShape, _ strides: TensorShape) -> Tensor<Int64> {
    let total = extents.elementCount
    let result = Tensor<Int64>(uninitialized: [total])
    guard total > 0 else { return result }
    let target = result.pointer
    target[0] = 0
    var filled = 1
    var axis = extents.rank - 1
    // Each axis repeats what the axes inside it have produced, moved on by its stride.
    while axis >= 0 {
        let step = Int64(strides.extents[axis])
        var position = 1
        while position < extents.extents[axis] {
            let shift = Int64(position) &* step
            let start = position &* filled
            for inner in 0..<filled { target[start &+ inner] = target[inner] &+ shift }
            position += 1
        }
        filled *= extents.extents[axis]
        axis -= 1
    }
    return result
}

private func scaledOffsets(_ positions: Tensor<Int64>, by factor: Int) -> Tensor<Int64> {
    if factor == 1 { return positions }
    let result = Tensor<Int64>(uninitialized: [positions.count])
    let (source, target) = (positions.pointer, result.pointer)
    for i in 0..<positions.count { target[i] = source[i] &* Int64(factor) }
    return result
}

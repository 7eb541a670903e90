import CKernels

/// A set of axes, one bit each.
struct AxisSet {
    var bits: UInt8 = 0

    func contains(_ axis: Int) -> Bool { bits & (1 << axis) != 0 }

    /// Every axis of a shape.
    static func all(_ rank: Int) -> AxisSet { AxisSet(bits: UInt8(truncatingIfNeeded: (1 << rank) - 1)) }

    init(bits: UInt8) { self.bits = bits }

    /// The axes, which may count from the end; traps if one is out of range or named twice.
    init(_ axes: [Int], of shape: TensorShape, in operation: StaticString) {
        for axis in axes {
            let position = shape.axis(axis, in: operation)
            guard !contains(position) else { trap("\(operation): axis \(axis) is named twice in \(axes)") }
            bits |= 1 << position
        }
    }
}

extension TensorShape {
    /// The shape after a reduction: without the axes, or with extent 1 there.
    func reduced(_ axes: AxisSet, keepDimensions: Bool) -> TensorShape {
        var result = TensorShape()
        for axis in 0..<rank {
            if !axes.contains(axis) {
                result.append(extents[axis])
            } else if keepDimensions {
                result.append(1)
            }
        }
        return result
    }
}

extension Tensor {
    /// Reduces some axes. `Result` is `Scalar`, or Int64 for sums and products of integers.
    func reduce<Result: TensorScalar>(
        _ op: mk_reduction, _ axes: AxisSet, keepDimensions: Bool, as type: Result.Type = Result.self
    ) -> Tensor<Result> {
        let result = Tensor<Result>(uninitialized: shape.reduced(axes, keepDimensions: keepDimensions))
        if result.isEmpty { return result }
        // Axes in order: kept ones, the reduced ones if they lie together, kept ones again.
        var outer = 1
        var length = 1
        var inner = 1
        var phase = 0
        var isOneRun = layout.isContiguous
        for axis in 0..<rank where shape.extents[axis] != 1 {
            let extent = shape.extents[axis]
            if axes.contains(axis) {
                if phase == 2 { isOneRun = false }
                phase = 1
                length *= extent
            } else if phase == 0 {
                outer *= extent
            } else {
                phase = 2
                inner *= extent
            }
        }
        if !isOneRun {
            var order: [Int] = []
            for axis in 0..<rank where !axes.contains(axis) { order.append(axis) }
            let kept = order.count
            for axis in 0..<rank where axes.contains(axis) { order.append(axis) }
            let moved = permuted(order).contiguous()
            var rows = 1
            for axis in 0..<kept { rows *= moved.shape.extents[axis] }
            let flat = moved.reshaped([rows, moved.count / rows] as TensorShape)
            return flat.reduce(op, AxisSet(bits: 0b10), keepDimensions: false, as: Result.self).reshaped(result.shape)
        }
        let code = Int32(op.rawValue)
        let kernel = Scalar.dtype.kernelType
        let source = pointer
        let target = result.pointer
        if inner > 1 {
            // Columns: pieces of whole 128-column tiles, so that the order of additions never changes.
            let tiles = (inner + 127) / 128
            Parallelism.forEachPiece(of: outer * tiles, grain: max(1, Grain.elementwise / (length * 128 + 1))) {
                piece in
                var unit = piece.lowerBound
                while unit < piece.upperBound {
                    let (row, tile) = (unit / tiles, unit % tiles)
                    let end = min(tiles, tile + piece.upperBound - unit)
                    let (from, to) = (tile * 128, min(inner, end * 128))
                    _ = mk_reduce_columns(
                        kernel, code, length, to - from, source + row * length * inner + from, inner,
                        target + row * inner + from)
                    unit += end - tile
                }
            }
        } else if outer > 1 || length <= reductionChunk {
            Parallelism.forEachPiece(of: outer, grain: max(1, Grain.elementwise / max(length, 1))) { piece in
                for row in piece { _ = mk_reduce(kernel, code, length, source + row * length, target + row) }
            }
        } else {
            // One long run: chunks of fixed size, combined in order.
            let chunks = (length + reductionChunk - 1) / reductionChunk
            let partial = Tensor<Result>(uninitialized: [chunks])
            Parallelism.forEachPiece(of: chunks, grain: 1) { piece in
                for chunk in piece {
                    let start = chunk * reductionChunk
                    let count = min(reductionChunk, length - start)
                    _ = mk_reduce(kernel, code, count, source + start, partial.pointer + chunk)
                }
            }
            let combining = op == MK_SUM_SQUARES || op == MK_SUM_ABSOLUTES ? MK_SUM : op
            return partial.reduce(combining, AxisSet(bits: 1), keepDimensions: false, as: Result.self)
                .reshaped(result.shape)
        }
        return result
    }
}

/// Elements of a long reduction that are summed by themselves.
private let reductionChunk = 128 * 1024

/// A subscript applied to a layout: a strided region, moved about by tensors of indices.
struct ResolvedIndex {
    /// The axes that integers, ranges, new axes and untouched axes leave.
    private(set) var region = Layout(shape: [], strides: [], offset: 0)

    /// The axes that tensors index, with their extents and strides.
    private var indexed: [(axis: Int, extent: Int, stride: Int, indices: Tensor<Int64>)] = []

    /// Where the axes of the index tensors stand among the region's axes.
    private var insertion = 0

    /// Entries that NumPy counts as advanced (integers too, beside a tensor) that other entries stand between.
    private var isSeparated = false

    /// Whether only views were asked for.
    var isBasic: Bool { indexed.isEmpty }

    init(_ entries: [TensorIndex], _ layout: Layout) {
        let expanded = ResolvedIndex.expand(entries, layout.shape)
        let hasTensors = expanded.contains {
            switch $0 {
            case .indices, .mask: true
            default: false
            }
        }
        region.offset = layout.offset
        var axis = 0
        var advancedRuns = 0
        var wasAdvanced = false
        for entry in expanded {
            var isAdvanced = false
            let stride = axis < layout.shape.rank ? layout.strides.extents[axis] : 0
            switch entry {
            case .position(let position):
                let start = ResolvedIndex.checkedPosition(position, axis, layout.shape)
                region.offset += start * stride
                isAdvanced = hasTensors
                axis += 1
            case .slice(let from, let to, let step):
                let (start, count) = ResolvedIndex.checkedSlice(from, to, step, axis, layout.shape)
                if count > 0 { region.offset += start * stride }
                appendAxis(count, stride * step, layout.shape)
                axis += 1
            case .addedAxis:
                appendAxis(1, 0, layout.shape)
            case .indices(let indices):
                isAdvanced = true
                indexed.append((axis, layout.shape.extents[axis], stride, indices))
                axis += 1
            case .mask(let mask):
                isAdvanced = true
                let coordinates = mask.nonzero()
                for column in 0..<mask.rank {
                    guard mask.shape.extents[column] == layout.shape.extents[axis] else {
                        trap("subscript: a mask of shape \(mask.shape) does not fit axis \(axis) of \(layout.shape)")
                    }
                    indexed.append(
                        (
                            axis, layout.shape.extents[axis], layout.strides.extents[axis],
                            coordinates.selected(axis: 1, at: column)
                        ))
                    axis += 1
                }
            case .remainingAxes: break
            }
            if isAdvanced && !wasAdvanced {
                advancedRuns += 1
                if advancedRuns == 1 { insertion = region.shape.rank }
            }
            wasAdvanced = isAdvanced
        }
        isSeparated = advancedRuns > 1
        if isSeparated { insertion = 0 }
    }

    private mutating func appendAxis(_ extent: Int, _ stride: Int, _ shape: TensorShape) {
        guard region.shape.rank < TensorShape.maximumRank else {
            trap("subscript: too many axes would come out of the shape \(shape)")
        }
        region.shape.append(extent)
        region.strides.append(stride)
    }

    /// The shape to which the index tensors broadcast.
    private var indexShape: TensorShape {
        var common = TensorShape()
        for entry in indexed { common = .broadcast(common, entry.indices.shape, in: "subscript") }
        return common
    }

    /// The shape that the subscript yields.
    var shape: TensorShape {
        guard !isBasic else { return region.shape }
        let front = indexShape
        guard front.rank + region.shape.rank <= TensorShape.maximumRank else {
            trap("subscript: indices of shape \(front) beside \(region.shape) give too many axes")
        }
        var result = TensorShape()
        for axis in 0..<insertion { result.append(region.shape.extents[axis]) }
        for axis in 0..<front.rank { result.append(front.extents[axis]) }
        for axis in insertion..<max(insertion, region.shape.rank) { result.append(region.shape.extents[axis]) }
        return result
    }

    /// The order that brings the index tensors' axes of ``shape`` to the front.
    var axesInMemoryOrder: [Int] {
        let front = indexShape.rank
        let rank = front + region.shape.rank
        return Array(insertion..<insertion + front) + Array(0..<insertion) + Array(insertion + front..<rank)
    }

    /// The blocks that the subscript names, in the order of ``axesInMemoryOrder``, relative to the storage.
    func blocks(of shape: TensorShape) -> BlockPattern {
        let front = indexShape
        let base = Tensor<Int64>(repeating: Int64(region.offset), shape: [front.elementCount])
        let target = base.pointer
        for entry in indexed {
            let flat = entry.indices.broadcast(to: front)
            let positions = checkedPositions(
                flat, axis: entry.axis, of: shape, countsFromEnd: true, in: "subscript")
            let source = positions.pointer
            let stride = Int64(entry.stride)
            for i in 0..<positions.count { target[i] &+= source[i] &* stride }
        }
        return BlockPattern(base: base, extents: region.shape, strides: region.strides)
    }
}

extension ResolvedIndex {
    /// The entries with whole axes in place of an ellipsis, or at the end, so that every axis has its entry.
    private static func expand(_ entries: [TensorIndex], _ shape: TensorShape) -> [TensorIndex] {
        var consumed = 0
        var hasEllipsis = false
        for entry in entries {
            switch entry {
            case .position, .slice, .indices: consumed += 1
            case .mask(let mask):
                if mask.rank == 0 { trap("subscript: a mask needs at least one axis") }
                consumed += mask.rank
            case .addedAxis: break
            case .remainingAxes:
                if hasEllipsis { trap("subscript: only one ellipsis can stand in a subscript") }
                hasEllipsis = true
            }
        }
        guard consumed <= shape.rank else {
            trap("subscript: \(consumed) axes are indexed, but the shape \(shape) has \(shape.rank)")
        }
        let whole = Array(repeating: TensorIndex.slice(from: nil, to: nil, step: 1), count: shape.rank - consumed)
        var result: [TensorIndex] = []
        for entry in entries {
            if case .remainingAxes = entry {
                // The marker stays: even an ellipsis for no axes separates index tensors.
                result.append(entry)
                result += whole
            } else {
                result.append(entry)
            }
        }
        return hasEllipsis ? result : result + whole
    }

    private static func checkedPosition(_ position: Int, _ axis: Int, _ shape: TensorShape) -> Int {
        let extent = shape.extents[axis]
        let start = position < 0 ? position + extent : position
        guard start >= 0, start < extent else {
            trap("subscript: index \(position) is out of range for axis \(axis) of the shape \(shape)")
        }
        return start
    }

    /// The first position and the number of positions of a slice; traps if its bounds leave the axis.
    private static func checkedSlice(
        _ from: Int?, _ to: Int?, _ step: Int, _ axis: Int, _ shape: TensorShape
    ) -> (start: Int, count: Int) {
        guard step != 0 else { trap("subscript: the step of a stride is 0") }
        let extent = shape.extents[axis]
        func resolve(_ bound: Int, _ limit: Int) -> Int {
            let position = bound < 0 ? bound + extent : bound
            guard position >= 0, position <= limit else {
                trap("subscript: the bound \(bound) is out of range for axis \(axis) of the shape \(shape)")
            }
            return position
        }
        if step > 0 {
            let start = from.map { resolve($0, extent) } ?? 0
            let end = to.map { resolve($0, extent) } ?? extent
            return (start, max(0, (end - start + step - 1) / step))
        }
        let start = from.map { resolve($0, max(extent - 1, 0)) } ?? extent - 1
        let end = to.map { resolve($0, max(extent - 1, 0)) } ?? -1
        if extent == 0 { return (0, 0) }
        return (start, max(0, (start - end - step - 1) / -step))
    }
}

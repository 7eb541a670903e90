extension Tensor {
    /// Copies of the whole tensor along every axis: `[2, 1, 3]` repeats twice along the first and three times along the
    /// last; entries in front of the tensor's own axes add axes.
    public func tiled(_ repetitions: [Int]) -> Tensor {
        guard repetitions.count >= rank, repetitions.allSatisfy({ $0 >= 0 }) else {
            trap("tiled: the repetitions \(repetitions) do not fit the shape \(shape)")
        }
        let missing = repetitions.count - rank
        guard repetitions.count <= TensorShape.maximumRank else {
            trap("tiled: the repetitions \(repetitions) have too many axes")
        }
        var target = TensorShape()
        for (axis, times) in repetitions.enumerated() {
            target.append(times * (axis < missing ? 1 : shape.extents[axis - missing]))
        }
        let result = Tensor(uninitialized: target)
        if result.isEmpty { return result }
        var region = result.layout
        region.shape = TensorShape(repeating: 1, rank: missing)
        for axis in 0..<rank { region.shape.append(shape.extents[axis]) }
        var tile = broadcast(to: region.shape)
        // One tile, then along every axis from the last on what stands there already is copied on.
        result.assign(tile, to: region)
        for axis in stride(from: target.rank - 1, through: 0, by: -1) {
            let extent = region.shape.extents[axis]
            tile = Tensor(
                storage: result.storage, layout: Layout(shape: region.shape, strides: region.strides, offset: 0))
            for repetition in 1..<max(repetitions[axis], 1) {
                var place = region
                place.offset = repetition * extent * region.strides.extents[axis]
                result.assign(tile, to: place)
            }
            region.shape.extents[axis] = target.extents[axis]
        }
        return result
    }

    /// Every position of an axis `count` times in a row: `[a, b]` becomes `[a, a, b, b]`.
    public func repeatInterleaved(_ count: Int, axis: Int) -> Tensor {
        let position = shape.axis(axis, in: "repeatInterleaved")
        return repeatInterleaved(
            Array(repeating: count, count: shape.extents[position]), axis: position)
    }

    /// Every position of an axis as often in a row as its entry of `counts` says.
    public func repeatInterleaved(_ counts: [Int], axis: Int) -> Tensor {
        let position = shape.axis(axis, in: "repeatInterleaved")
        guard counts.count == shape.extents[position], counts.allSatisfy({ $0 >= 0 }) else {
            trap("repeatInterleaved: the counts \(counts) do not fit axis \(axis) of the shape \(shape)")
        }
        var positions: [Int64] = []
        positions.reserveCapacity(counts.reduce(0, +))
        for (index, count) in counts.enumerated() { positions += repeatElement(Int64(index), count: count) }
        return picking(Tensor<Int64>(positions), axis: position)
    }

    /// The positions of an axis moved on by `shift`; those that leave it come in at the other end.
    public func rolled(by shift: Int, axis: Int) -> Tensor {
        let position = shape.axis(axis, in: "rolled")
        let extent = shape.extents[position]
        guard extent > 0 else { return self }
        let start = ((shift % extent) + extent) % extent
        if start == 0 { return self }
        let front = narrowed(axis: position, from: extent - start, count: start)
        let back = narrowed(axis: position, from: 0, count: extent - start)
        return Tensor.concatenated([front, back], axis: position)
    }

    /// The positions of the axes in reverse order, as a copy.
    public func flipped(axes: [Int]) -> Tensor {
        var view = layout
        var seen = Set<Int>()
        for axis in axes {
            let position = shape.axis(axis, in: "flipped")
            guard seen.insert(position).inserted else { trap("flipped: axis \(axis) is listed twice in \(axes)") }
            if shape.extents[position] > 0 {
                view.offset += (shape.extents[position] - 1) * view.strides.extents[position]
            }
            view.strides.extents[position] *= -1
        }
        return Tensor(storage: storage, layout: view).copied()
    }

    /// The positions of one axis in reverse order, as a copy.
    public func flipped(axis: Int) -> Tensor { flipped(axes: [axis]) }
}

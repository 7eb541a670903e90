extension Tensor {
    /// The elements in order along an axis, and the positions that they came from.
    ///
    /// Equal elements keep their order. NaN counts as larger than everything: last when ascending, first when
    /// descending. O(n) per row by radix.
    public func sorted(axis: Int = -1, descending: Bool = false) -> (values: Tensor, indices: Tensor<Int64>) {
        let position = shape.axis(axis, in: "sorted")
        let order = sortOrder(position, descending: descending)
        return (gathered(axis: position, order), order)
    }

    /// The positions that would sort an axis, as by ``sorted(axis:descending:)``.
    public func argsorted(axis: Int = -1, descending: Bool = false) -> Tensor<Int64> {
        sortOrder(shape.axis(axis, in: "argsorted"), descending: descending)
    }

    private func sortOrder(_ axis: Int, descending: Bool) -> Tensor<Int64> {
        alongRows(axis, count: shape.extents[axis]) { rows, extent, row, order in
            let sorter = RowSorter(Scalar.dtype, count: extent)
            for index in rows { sorter.sort(row(index), descending: descending, order: order + index * extent) }
        }
    }

    /// The `k` largest or smallest elements along an axis, and their positions.
    ///
    /// Of equal elements the lowest positions are taken. NaN counts as larger than everything. Traps if `k` exceeds the
    /// axis. O(n + k log k) per row by selection.
    ///
    /// - Parameters:
    ///   - k: how many elements to take.
    ///   - axis: the axis to take them along.
    ///   - largest: whether to take the largest, not the smallest.
    ///   - sorted: whether they come in order, the extreme first; else they come by position.
    public func topK(
        _ k: Int, axis: Int = -1, largest: Bool = true, sorted: Bool = true
    ) -> (values: Tensor, indices: Tensor<Int64>) {
        let position = shape.axis(axis, in: "topK")
        guard k >= 0, k <= shape.extents[position] else {
            trap("topK: \(k) elements cannot be taken from axis \(axis) of the shape \(shape)")
        }
        let indices = alongRows(position, count: k) { rows, extent, row, order in
            let selector = RowSelector(Scalar.dtype, count: extent, wanted: k)
            for index in rows {
                selector.select(row(index), largest: largest, sorted: sorted, positions: order + index * k)
            }
        }
        return (gathered(axis: position, indices), indices)
    }

    /// Calls `body` with ranges of rows along an axis, on several threads, to write `count` positions for every row.
    private func alongRows(
        _ axis: Int, count: Int,
        _ body: (Range<Int>, Int, (Int) -> UnsafeRawPointer, UnsafeMutablePointer<Int64>) -> Void
    ) -> Tensor<Int64> {
        let last = rank - 1
        let lines = movingAxis(axis, to: last).contiguous()
        let extent = shape.extents[axis]
        let result = Tensor<Int64>(uninitialized: lines.shape.replacing(axis: last, with: count))
        if result.isEmpty { return result.movingAxis(last, to: axis) }
        let (source, order) = (UnsafeRawPointer(lines.pointer), result.pointer)
        let rowBytes = extent * MemoryLayout<Scalar>.stride
        Parallelism.forEachPiece(of: lines.count / extent, grain: max(1, Grain.elementwise / 8 / extent)) { rows in
            body(rows, extent, { source + $0 * rowBytes }, order)
        }
        return result.movingAxis(last, to: axis).contiguous()
    }
}

extension Tensor {
    /// The different elements in ascending order, with the place of every element among them and their counts.
    ///
    /// All NaNs are one value, the last; -0 and 0 are one.
    ///
    /// - Returns: `values` `[u]`; `inverse`, of this tensor's shape, such that `values[inverse]` is the tensor; `counts`
    ///   `[u]`.
    public func unique() -> (values: Tensor, inverse: Tensor<Int64>, counts: Tensor<Int64>) {
        let flat = contiguous().flattened()
        let total = flat.count
        let order = flat.argsorted(axis: 0)
        let sorted = flat.elements(at: order, shape: [total])
        let keys = Tensor<Int64>(uninitialized: [total])
        let inverse = Tensor<Int64>(uninitialized: shape)
        var starts: [Int64] = []
        keys.pointer.withMemoryRebound(to: UInt64.self, capacity: total) { keys in
            fillWideKeys(
                Scalar.dtype, UnsafeRawPointer(sorted.pointer), from: 0, count: total, descending: false, keys)
            let (from, to) = (order.pointer, inverse.pointer)
            for i in 0..<total {
                if i == 0 || keys[i] != keys[i - 1] { starts.append(Int64(i)) }
                to[Int(from[i])] = Int64(starts.count - 1)
            }
        }
        var counts: [Int64] = []
        for (index, start) in starts.enumerated() {
            counts.append((index + 1 < starts.count ? starts[index + 1] : Int64(total)) - start)
        }
        let values = sorted.elements(at: Tensor<Int64>(starts), shape: [starts.count])
        return (values, inverse, Tensor<Int64>(counts))
    }
}

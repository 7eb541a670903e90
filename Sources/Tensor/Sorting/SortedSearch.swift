extension Tensor {
    /// Where values would have to be inserted into this sorted tensor to keep it sorted; of the shape of `values`.
    ///
    /// This tensor has rank 1, or the leading axes of `values`, whose rows are then looked up in its rows. NaN counts as
    /// larger than everything.
    ///
    /// - Parameters:
    ///   - values: what to look up.
    ///   - right: whether to insert behind equal elements, not in front of them.
    public func searchSorted(_ values: Tensor, right: Bool = false) -> Tensor<Int64> {
        let isShared = rank == 1
        guard rank >= 1, isShared || (rank == values.rank && shape.dropLast() == values.shape.dropLast()) else {
            trap("searchSorted: values of shape \(values.shape) cannot be looked up in a sequence of shape \(shape)")
        }
        let extent = shape.extents[rank - 1]
        let perRow = isShared ? values.count : values.shape.extents[values.rank - 1]
        let (sequenceKeys, valueKeys) = (keys(), values.keys())
        let result = Tensor<Int64>(uninitialized: values.shape)
        let (sequence, wanted) = (sequenceKeys.pointer, valueKeys.pointer)
        let target = result.pointer
        let flip = Int64.min
        Parallelism.forEachPiece(of: values.count, grain: 4096) { piece in
            for i in piece {
                let start = isShared ? 0 : i / perRow * extent
                let key = wanted[i] ^ flip
                var (low, high) = (0, extent)
                while low < high {
                    let middle = (low &+ high) / 2
                    let here = sequence[start &+ middle] ^ flip
                    if here < key || (right && here == key) { low = middle &+ 1 } else { high = middle }
                }
                target[i] = Int64(low)
            }
        }
        return result
    }

    /// The sort keys of the elements, as bit patterns.
    private func keys() -> Tensor<Int64> {
        let flat = contiguous()
        let result = Tensor<Int64>(uninitialized: shape)
        result.pointer.withMemoryRebound(to: UInt64.self, capacity: count) {
            fillWideKeys(Scalar.dtype, UnsafeRawPointer(flat.pointer), from: 0, count: count, descending: false, $0)
        }
        return result
    }
}

extension Tensor where Scalar: NumericTensorScalar {
    /// The number of elements in each of `bins` equal parts of a range, `[bins]`, and the parts' borders, `[bins + 1]`.
    ///
    /// A border belongs to the part above it, but the range's upper bound to the last part. Elements outside the range
    /// and NaN are left out. Without a range, it spans the elements, and one of width 0 is widened by 1 on both sides.
    public func histogram(
        bins: Int, range: ClosedRange<Double>? = nil
    ) -> (counts: Tensor<Int64>, edges: Tensor<Double>) {
        guard bins >= 1 else { trap("histogram: \(bins) bins") }
        let values = Tensor<Double>(self).contiguous()
        let source = values.pointer
        var (lower, upper) = range.map { ($0.lowerBound, $0.upperBound) } ?? (Double.infinity, -Double.infinity)
        if range == nil {
            for i in 0..<count where source[i] == source[i] {
                lower = min(lower, source[i])
                upper = max(upper, source[i])
            }
            if lower > upper { (lower, upper) = (0, 1) }
        }
        guard lower.isFinite, upper.isFinite else {
            trap("histogram: the range from \(lower) to \(upper) is not finite")
        }
        if lower == upper { (lower, upper) = (lower - 1, upper + 1) }
        let edges = Tensor<Double>.linspace(lower, upper, count: bins + 1)
        let counts = Tensor<Int64>(zeros: [bins])
        let (target, borders) = (counts.pointer, edges.pointer)
        let scale = Double(bins) / (upper - lower)
        for i in 0..<count {
            let value = source[i]
            guard value >= lower, value <= upper else { continue }
            // The product may round across a border; the borders decide.
            var bin = min(max(Int((value - lower) * scale), 0), bins - 1)
            if value < borders[bin] { bin -= 1 } else if bin < bins - 1, value >= borders[bin + 1] { bin += 1 }
            target[bin] += 1
        }
        return (counts, edges)
    }
}

extension Tensor where Scalar: IntegerTensorScalar {
    /// How often every number from 0 on occurs: `[max(largest + 1, minimumLength)]`. Traps on negative elements.
    public func binCount(minimumLength: Int = 0) -> Tensor<Int64> {
        let values = Tensor<Int64>(self).contiguous()
        let source = values.pointer
        var length = Int64(max(minimumLength, 0))
        for i in 0..<count {
            guard source[i] >= 0 else { trap("binCount: the element \(source[i]) is negative") }
            length = max(length, source[i] &+ 1)
        }
        let result = Tensor<Int64>(zeros: [Int(length)])
        let target = result.pointer
        for i in 0..<count { target[Int(source[i])] &+= 1 }
        return result
    }
}

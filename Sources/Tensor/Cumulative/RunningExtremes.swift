extension Tensor where Scalar: NumericTensorScalar {
    /// The largest elements so far along an axis, and the last positions at which they stood; NaN wins from then on.
    public func cumulativeMaximum(axis: Int) -> (values: Tensor, indices: Tensor<Int64>) {
        runningExtreme(shape.axis(axis, in: "cumulativeMaximum"), smallest: false)
    }

    /// The smallest elements so far along an axis, and the last positions at which they stood; NaN wins from then on.
    public func cumulativeMinimum(axis: Int) -> (values: Tensor, indices: Tensor<Int64>) {
        runningExtreme(shape.axis(axis, in: "cumulativeMinimum"), smallest: true)
    }

    private func runningExtreme(_ axis: Int, smallest: Bool) -> (values: Tensor, indices: Tensor<Int64>) {
        let source = contiguous()
        let values = Tensor(uninitialized: shape)
        let indices = Tensor<Int64>(uninitialized: shape)
        if isEmpty { return (values, indices) }
        let lines = AxisLines(shape, axis)
        let from = UnsafeRawPointer(source.pointer)
        let to = UnsafeMutableRawPointer(values.pointer)
        let positions = indices.pointer
        lines.forEachOuter { outer in
            let offset = outer * lines.extent * lines.inner
            let bytes = offset * MemoryLayout<Scalar>.stride
            runExtreme(Scalar.dtype, smallest, lines, from + bytes, to + bytes, positions + offset)
        }
        return (values, indices)
    }
}

private func runExtreme(
    _ type: DType, _ smallest: Bool, _ lines: AxisLines, _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer,
    _ positions: UnsafeMutablePointer<Int64>
) {
    switch type {
    case .float32: extremeLine(Float.self, smallest, lines, from, to, positions)
    case .float64: extremeLine(Double.self, smallest, lines, from, to, positions)
    case .int32: extremeLine(Int32.self, smallest, lines, from, to, positions)
    case .int64: extremeLine(Int64.self, smallest, lines, from, to, positions)
    case .uint8: extremeLine(UInt8.self, smallest, lines, from, to, positions)
    default: trap("a running extreme is not defined for elements of type \(type)")
    }
}

@inline(__always)
private func extremeLine<T: Comparable>(
    _ type: T.Type, _ smallest: Bool, _ lines: AxisLines, _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer,
    _ positions: UnsafeMutablePointer<Int64>
) {
    let source = from.assumingMemoryBound(to: T.self)
    let target = to.assumingMemoryBound(to: T.self)
    let inner = lines.inner
    for j in 0..<inner {
        target[j] = source[j]
        positions[j] = 0
    }
    for i in 1..<max(lines.extent, 1) {
        for j in 0..<inner {
            let here = i &* inner &+ j
            let before = here &- inner
            let (value, best) = (source[here], target[before])
            // NaN is the only value that differs from itself; it beats numbers, and a later NaN an earlier one.
            let wins = value != value || (best == best && (smallest ? value <= best : value >= best))
            target[here] = wins ? value : best
            positions[here] = wins ? Int64(i) : positions[before]
        }
    }
}

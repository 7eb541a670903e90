// Running sums, products and log-sums. Rows of a line are independent, and so are the columns inside an axis: the scan
// walks along the axis and carries one accumulator for every column.

extension Tensor where Scalar: NumericTensorScalar {
    /// Running sums along an axis; floats are added in double precision, integers wrap around.
    public func cumulativeSum(axis: Int) -> Tensor {
        let position = shape.axis(axis, in: "cumulativeSum")
        return scanned(position, Scan.sum)
    }

    /// Running products along an axis; floats are multiplied in double precision, integers wrap around.
    public func cumulativeProduct(axis: Int) -> Tensor {
        let position = shape.axis(axis, in: "cumulativeProduct")
        return scanned(position, Scan.product)
    }
}

extension Tensor where Scalar: FloatingTensorScalar {
    /// Logarithms of running sums of exponentials along an axis, without overflow.
    public func cumulativeLogSumExp(axis: Int) -> Tensor {
        let position = shape.axis(axis, in: "cumulativeLogSumExp")
        return scanned(position, Scan.logSumExp)
    }
}

extension Tensor where Scalar: NumericTensorScalar {
    fileprivate func scanned(_ axis: Int, _ scan: Scan) -> Tensor {
        let source = contiguous()
        let result = Tensor(uninitialized: shape)
        if isEmpty { return result }
        let lines = AxisLines(shape, axis)
        let (from, to) = (UnsafeRawPointer(source.pointer), UnsafeMutableRawPointer(result.pointer))
        lines.forEachOuter { outer in
            let offset = outer * lines.extent * lines.inner * MemoryLayout<Scalar>.stride
            runScan(Scalar.dtype, scan, lines.extent, lines.inner, from + offset, to + offset)
        }
        return result
    }
}

private enum Scan { case sum, product, logSumExp }

private func runScan(
    _ type: DType, _ scan: Scan, _ extent: Int, _ inner: Int, _ from: UnsafeRawPointer,
    _ to: UnsafeMutableRawPointer
) {
    switch type {
    case .float32: runFloatScan(Float.self, scan, extent, inner, from, to)
    case .float64: runFloatScan(Double.self, scan, extent, inner, from, to)
    case .int32: runIntegerScan(Int32.self, scan, extent, inner, from, to)
    case .int64: runIntegerScan(Int64.self, scan, extent, inner, from, to)
    case .uint8: runIntegerScan(UInt8.self, scan, extent, inner, from, to)
    default: trap("a running sum is not defined for elements of type \(type)")
    }
}

@inline(__always)
private func runFloatScan<T: BinaryFloatingPoint>(
    _ type: T.Type, _ scan: Scan, _ extent: Int, _ inner: Int, _ from: UnsafeRawPointer,
    _ to: UnsafeMutableRawPointer
) {
    switch scan {
    case .sum: scanLine(type, Double.self, extent, inner, from, to, 0, { $0 + Double($1) }, { T($0) })
    case .product: scanLine(type, Double.self, extent, inner, from, to, 1, { $0 * Double($1) }, { T($0) })
    case .logSumExp:
        scanLine(
            type, LogSum.self, extent, inner, from, to, LogSum(),
            { $0.adding(Double($1)) }, { T($0.value) })
    }
}

@inline(__always)
private func runIntegerScan<T: FixedWidthInteger>(
    _ type: T.Type, _ scan: Scan, _ extent: Int, _ inner: Int, _ from: UnsafeRawPointer,
    _ to: UnsafeMutableRawPointer
) {
    if scan == .product {
        scanLine(type, T.self, extent, inner, from, to, 1, { $0 &* $1 }, { $0 })
    } else {
        scanLine(type, T.self, extent, inner, from, to, 0, { $0 &+ $1 }, { $0 })
    }
}

@inline(__always)
private func scanLine<T, Accumulator>(
    _ type: T.Type, _ accumulator: Accumulator.Type, _ extent: Int, _ inner: Int, _ from: UnsafeRawPointer,
    _ to: UnsafeMutableRawPointer, _ start: Accumulator, _ combine: (Accumulator, T) -> Accumulator,
    _ finish: (Accumulator) -> T
) {
    let source = from.assumingMemoryBound(to: T.self)
    let target = to.assumingMemoryBound(to: T.self)
    if inner == 1 {
        var running = start
        for i in 0..<extent {
            running = combine(running, source[i])
            target[i] = finish(running)
        }
        return
    }
    let running = UnsafeMutablePointer<Accumulator>.allocate(capacity: inner)
    defer { running.deallocate() }
    running.initialize(repeating: start, count: inner)
    for i in 0..<extent {
        let row = i &* inner
        for j in 0..<inner {
            let next = combine(running[j], source[row &+ j])
            running[j] = next
            target[row &+ j] = finish(next)
        }
    }
}

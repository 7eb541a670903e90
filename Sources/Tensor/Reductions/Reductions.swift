import CKernels

extension Tensor where Scalar: FloatingTensorScalar {
    /// The sum over some axes, or over all; 0 for no elements.
    ///
    /// Float32 is summed in blocks, the blocks in double; the result does not depend on the number of threads.
    public func sum(axes: [Int]? = nil, keepDimensions: Bool = false) -> Tensor {
        reduce(MK_SUM, axisSet(axes, "sum"), keepDimensions: keepDimensions)
    }

    /// The sum over one axis.
    public func sum(axis: Int, keepDimensions: Bool = false) -> Tensor {
        reduce(MK_SUM, AxisSet(bits: 1 << shape.axis(axis, in: "sum")), keepDimensions: keepDimensions)
    }

    /// The mean over some axes, or over all; NaN for no elements.
    public func mean(axes: [Int]? = nil, keepDimensions: Bool = false) -> Tensor {
        let set = axisSet(axes, "mean")
        let total: Tensor = reduce(MK_SUM, set, keepDimensions: keepDimensions)
        return total / Scalar(reducedCount(set))
    }

    /// The mean over one axis.
    public func mean(axis: Int, keepDimensions: Bool = false) -> Tensor {
        mean(axes: [axis], keepDimensions: keepDimensions)
    }

    /// The product over some axes, or over all; 1 for no elements.
    public func product(axes: [Int]? = nil, keepDimensions: Bool = false) -> Tensor {
        reduce(MK_PRODUCT, axisSet(axes, "product"), keepDimensions: keepDimensions)
    }

    /// The variance over some axes, or over all: squared deviations from the mean over `n - correction`.
    ///
    /// Two passes, so a large mean costs no accuracy. Where `n <= correction` the divisor is 0: infinity, or NaN for 0/0.
    public func variance(axes: [Int]? = nil, correction: Int = 1, keepDimensions: Bool = false) -> Tensor {
        let set = axisSet(axes, "variance")
        let deviations = self - mean(axes: axes, keepDimensions: true)
        let total: Tensor = deviations.reduce(MK_SUM_SQUARES, set, keepDimensions: keepDimensions)
        return total / Scalar(max(0, reducedCount(set) - correction))
    }

    /// The square root of the variance.
    public func standardDeviation(axes: [Int]? = nil, correction: Int = 1, keepDimensions: Bool = false) -> Tensor {
        variance(axes: axes, correction: correction, keepDimensions: keepDimensions).sqrt()
    }

    /// The p-norm of the vectors along some axes, or of all elements; p may be infinite, or 0 to count nonzeros.
    public func norm(_ p: Double = 2, axes: [Int]? = nil, keepDimensions: Bool = false) -> Tensor {
        let set = axisSet(axes, "norm")
        if p == 2 { return reduce(MK_SUM_SQUARES, set, keepDimensions: keepDimensions).sqrt() }
        if p == 1 { return reduce(MK_SUM_ABSOLUTES, set, keepDimensions: keepDimensions) }
        if p == .infinity { return abs().maximum(axes: axes, keepDimensions: keepDimensions) }
        if p == -.infinity { return abs().minimum(axes: axes, keepDimensions: keepDimensions) }
        if p == 0 {
            return Tensor(self .!= 0).reduce(MK_SUM, set, keepDimensions: keepDimensions)
        }
        return abs().pow(Scalar(p)).reduce(MK_SUM, set, keepDimensions: keepDimensions).pow(Scalar(1 / p))
    }

    /// log(sum(exp(x))) over some axes, or over all, without overflow; -infinity where every element is.
    public func logSumExp(axes: [Int]? = nil, keepDimensions: Bool = false) -> Tensor {
        let set = axisSet(axes, "logSumExp")
        var order: [Int] = []
        for axis in 0..<rank where !set.contains(axis) { order.append(axis) }
        let rows = order.reduce(1) { $0 * shape.extents[$1] }
        for axis in 0..<rank where set.contains(axis) { order.append(axis) }
        let flat = permuted(order).contiguous()
        let result = Tensor(uninitialized: shape.reduced(set, keepDimensions: keepDimensions))
        let columns = reducedCount(set)
        Parallelism.forEachPiece(of: rows, grain: max(1, Grain.elementwise / max(columns, 1))) { piece in
            mk_row(
                Scalar.dtype.kernelType, Int32(MK_ROW_LOG_SUM_EXP.rawValue), piece.count, columns,
                flat.pointer + piece.lowerBound * columns, nil, result.pointer + piece.lowerBound)
        }
        return result
    }

    /// The sum over the axes along which `shape` was stretched to this tensor's shape: the adjoint of broadcasting.
    public func summed(to shape: TensorShape) -> Tensor {
        if shape == self.shape { return self }
        let missing = rank - shape.rank
        var set = AxisSet(bits: 0)
        for axis in 0..<rank {
            let extent = axis < missing ? 1 : shape.extents[axis - missing]
            if extent != self.shape.extents[axis] || axis < missing { set.bits |= 1 << axis }
        }
        return reduce(MK_SUM, set, keepDimensions: false).reshaped(shape)
    }
}

extension Tensor where Scalar: NumericTensorScalar {
    /// The largest element over some axes, or over all; NaN if any is NaN. Traps if an empty axis leaves nothing to take.
    public func maximum(axes: [Int]? = nil, keepDimensions: Bool = false) -> Tensor {
        let set = axisSet(axes, "maximum")
        requireElements(set, "maximum")
        return reduce(MK_MAXIMUM, set, keepDimensions: keepDimensions)
    }

    /// The smallest element over some axes, or over all; NaN if any is NaN. Traps if an empty axis leaves nothing to take.
    public func minimum(axes: [Int]? = nil, keepDimensions: Bool = false) -> Tensor {
        let set = axisSet(axes, "minimum")
        requireElements(set, "minimum")
        return reduce(MK_MINIMUM, set, keepDimensions: keepDimensions)
    }

    /// The first position of the largest element along an axis; NaN counts as largest.
    public func argmax(axis: Int, keepDimensions: Bool = false) -> Tensor<Int64> {
        positions(axis, smallest: false, keepDimensions, "argmax")
    }

    /// The first position of the smallest element along an axis; NaN counts as smallest.
    public func argmin(axis: Int, keepDimensions: Bool = false) -> Tensor<Int64> {
        positions(axis, smallest: true, keepDimensions, "argmin")
    }

    private func requireElements(_ set: AxisSet, _ operation: StaticString) {
        if reducedCount(set) == 0, !shape.reduced(set, keepDimensions: false).contains(0) {
            trap("\(operation): no element to choose from along an empty axis of the shape \(shape)")
        }
    }

    private func positions(
        _ axis: Int, smallest: Bool, _ keepDimensions: Bool, _ operation: StaticString
    ) -> Tensor<Int64> {
        let position = shape.axis(axis, in: operation)
        requireElements(AxisSet(bits: 1 << position), operation)
        let length = shape.extents[position]
        let flat = movingAxis(position, to: rank - 1).contiguous()
        let set = AxisSet(bits: 1 << position)
        let result = Tensor<Int64>(uninitialized: shape.reduced(set, keepDimensions: keepDimensions))
        Parallelism.forEachPiece(of: result.count, grain: max(1, Grain.elementwise / max(length, 1))) { piece in
            for row in piece {
                let found = mk_argmax(
                    Scalar.dtype.kernelType, smallest ? 1 : 0, length, flat.pointer + row * length, 1)
                result.pointer[row] = Int64(found)
            }
        }
        return result
    }
}

extension Tensor where Scalar: IntegerTensorScalar {
    /// The sum over some axes, or over all, as Int64; wraps around.
    public func sum(axes: [Int]? = nil, keepDimensions: Bool = false) -> Tensor<Int64> {
        reduce(MK_SUM, axisSet(axes, "sum"), keepDimensions: keepDimensions)
    }

    /// The product of all elements as Int64; wraps around.
    public func product() -> Tensor<Int64> {
        contiguous().flattened().reduce(MK_PRODUCT, AxisSet(bits: 1), keepDimensions: false)
    }
}

extension Tensor where Scalar == Bool {
    /// The number of true elements over some axes, or over all.
    public func sum(axes: [Int]? = nil, keepDimensions: Bool = false) -> Tensor<Int64> {
        reduce(MK_SUM, axisSet(axes, "sum"), keepDimensions: keepDimensions)
    }

    /// Whether any element along some axes, or any at all, is true; false for no elements.
    public func any(axes: [Int]? = nil, keepDimensions: Bool = false) -> Tensor<Bool> {
        sum(axes: axes, keepDimensions: keepDimensions) .> 0
    }

    /// Whether every element along some axes, or every one, is true; true for no elements.
    public func all(axes: [Int]? = nil, keepDimensions: Bool = false) -> Tensor<Bool> {
        let set = axisSet(axes, "all")
        return sum(axes: axes, keepDimensions: keepDimensions) .== Int64(reducedCount(set))
    }
}

extension Tensor {
    func axisSet(_ axes: [Int]?, _ operation: StaticString) -> AxisSet {
        if let axes { return AxisSet(axes, of: shape, in: operation) }
        return .all(rank)
    }

    /// The number of elements that go into each result.
    func reducedCount(_ set: AxisSet) -> Int {
        var product = 1
        for axis in 0..<rank where set.contains(axis) { product *= shape.extents[axis] }
        return product
    }
}

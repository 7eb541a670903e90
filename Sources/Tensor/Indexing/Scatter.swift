import CKernels

/// How values that meet at one place are combined.
public enum ScatterReduction: Sendable, Hashable, CaseIterable {
    /// The sum.
    case sum
    /// The product.
    case product
    /// The largest value; NaN wins.
    case maximum
    /// The smallest value; NaN wins.
    case minimum
    /// The sum divided by the number of values; integers round down.
    case mean
}

extension Tensor {
    /// The tensor with elements replaced along an axis: `result[i, indices[i, j]] = source[i, j]` for axis 1.
    ///
    /// Of several writes to one place the last in row-major order wins. `indices` is nowhere larger than `source` nor,
    /// but for `axis`, than this tensor. Traps if an index is negative or too large.
    public func scattered<Index: IntegerTensorScalar>(axis: Int, _ indices: Tensor<Index>, source: Tensor) -> Tensor {
        let position = shape.axis(axis, in: "scattered")
        let result = copied()
        let values = source.leadingPart(indices.shape, in: "scattered")
        let offsets = elementOffsets(
            indices, axis: position, in: shape, countsFromEnd: false, operation: "scattered")
        forEachIndependentPart(offsets, indices.shape, axis: position) { pattern, start in
            pattern.scatter(
                elementBytes: MemoryLayout<Scalar>.stride, from: values.pointer + start, to: result.pointer)
        }
        return result
    }

    /// The tensor with one value written along an axis: `result[i, indices[i, j]] = value` for axis 1.
    public func scattered<Index: IntegerTensorScalar>(axis: Int, _ indices: Tensor<Index>, value: Scalar) -> Tensor {
        scattered(axis: axis, indices, source: Tensor(value).broadcast(to: indices.shape))
    }

    /// The first elements along every axis, as many as `extents`, in row-major order.
    fileprivate func leadingPart(_ extents: TensorShape, in operation: StaticString) -> Tensor {
        guard rank == extents.rank else {
            trap("\(operation): a source of shape \(shape) does not have the rank of indices of shape \(extents)")
        }
        var part = layout
        for axis in 0..<rank {
            guard extents.extents[axis] <= shape.extents[axis] else {
                trap("\(operation): indices of shape \(extents) exceed the source's shape \(shape) at axis \(axis)")
            }
            part.shape.extents[axis] = extents.extents[axis]
        }
        return Tensor(storage: storage, layout: part).contiguous()
    }
}

/// Splits element writes by the axes before `axis`: writes from different parts never meet, so threads may share them.
private func forEachIndependentPart(
    _ offsets: Tensor<Int64>, _ shape: TensorShape, axis: Int, _ body: (BlockPattern, Int) -> Void
) {
    var parts = 1
    for position in 0..<axis { parts *= shape.extents[position] }
    guard parts > 0, offsets.count > 0 else { return }
    let size = offsets.count / parts
    let pattern = BlockPattern(base: offsets, rest: nil, width: 1)
    Parallelism.forEachPiece(of: parts, grain: max(1, Grain.elementwise / size)) { piece in
        body(pattern.bases(piece.lowerBound * size..<piece.upperBound * size), piece.lowerBound * size)
    }
}

extension Tensor where Scalar: NumericTensorScalar {
    /// The tensor with values added along an axis: `result[i, indices[i, j]] += source[i, j]` for axis 1.
    ///
    /// Values are added in row-major order, so the result does not depend on the number of threads.
    public consuming func scatterAdded<Index: IntegerTensorScalar>(
        axis: Int, _ indices: Tensor<Index>, source: Tensor
    ) -> Tensor {
        let position = shape.axis(axis, in: "scatterAdded")
        return accumulated(MK_ACCUMULATE_SUM, axis: position, indices, source, in: "scatterAdded")
    }

    /// The tensor combined with values along an axis, as ``scatterAdded(axis:_:source:)`` with another operation.
    ///
    /// - Parameters:
    ///   - axis: the axis that the indices count along.
    ///   - indices: the position along `axis` that each element of `source` goes to.
    ///   - source: the values, at least as many along each axis as `indices`.
    ///   - reduction: how values that meet at one place are combined.
    ///   - includingSelf: whether the tensor's own elements take part; else places that receive values forget theirs,
    ///     and other places keep theirs.
    public func scatterReduced<Index: IntegerTensorScalar>(
        axis: Int, _ indices: Tensor<Index>, source: Tensor, by reduction: ScatterReduction, includingSelf: Bool = true
    ) -> Tensor {
        let name: StaticString = "scatterReduced"
        let position = shape.axis(axis, in: name)
        var start = self
        if !includingSelf {
            switch reduction {
            case .sum, .mean: start = scattered(axis: position, indices, value: .zero)
            case .product: start = scattered(axis: position, indices, value: .one)
            // Any of the incoming values may stand first, for the extreme of a value and itself is the value.
            case .maximum, .minimum: start = scattered(axis: position, indices, source: source)
            }
        }
        switch reduction {
        case .sum: return start.accumulated(MK_ACCUMULATE_SUM, axis: position, indices, source, in: name)
        case .product: return start.accumulated(MK_ACCUMULATE_PRODUCT, axis: position, indices, source, in: name)
        case .maximum: return start.accumulated(MK_ACCUMULATE_MAXIMUM, axis: position, indices, source, in: name)
        case .minimum: return start.accumulated(MK_ACCUMULATE_MINIMUM, axis: position, indices, source, in: name)
        case .mean:
            let total = start.accumulated(MK_ACCUMULATE_SUM, axis: position, indices, source, in: name)
            let own = Tensor(repeating: includingSelf ? .one : .zero, shape: shape)
            let counts = own.accumulated(
                MK_ACCUMULATE_SUM, axis: position, indices, Tensor(Scalar.one).broadcast(to: indices.shape), in: name
            ).maximum(Tensor(Scalar.one))
            return Scalar.dtype.isFloatingPoint
                ? Tensor.zip(MK_DIVIDE, name, total, counts) : total.floorDivided(by: counts)
        }
    }

    /// The tensor with slices added at positions of an axis: `result[indices[i]] += source[i]` for axis 0.
    ///
    /// `source` has the shape of this tensor but for `axis`, where it has as many positions as `indices` (rank 1).
    /// Slices are added in index order, so the result does not depend on the number of threads.
    public consuming func indexAdded<Index: IntegerTensorScalar>(
        axis: Int, _ indices: Tensor<Index>, source: Tensor
    ) -> Tensor {
        let position = shape.axis(axis, in: "indexAdded")
        guard indices.rank == 1, source.shape == shape.replacing(axis: position, with: indices.count) else {
            trap(
                "indexAdded: a source of shape \(source.shape) with indices of shape \(indices.shape) does not fit "
                    + "axis \(axis) of the shape \(shape)")
        }
        let positions = checkedPositions(indices, axis: position, of: shape, countsFromEnd: false, in: "indexAdded")
        var result = self
        result.addSlices(at: positions, axis: position, source)
        return result
    }

    /// Adds slices at checked positions of an axis, in place where nobody else holds the tensor.
    mutating func addSlices(at positions: Tensor<Int64>, axis: Int, _ source: Tensor) {
        let values = source.contiguous()
        makeUnique()
        let target = pointer
        let pattern = BlockPattern(positions: positions, axis: axis, in: shape)
        let rowSize = pattern.inner * pattern.width
        if pattern.rest == nil {
            pattern.accumulate(MK_ACCUMULATE_SUM, from: values.pointer, to: target)
        } else if rowSize > 0 {
            // Every base is a different position of the axes in front: nothing meets across bases.
            Parallelism.forEachPiece(of: pattern.outer, grain: max(1, Grain.elementwise / rowSize)) { piece in
                pattern.bases(piece).accumulate(
                    MK_ACCUMULATE_SUM, from: values.pointer + piece.lowerBound * rowSize, to: target)
            }
        }
    }

    private consuming func accumulated<Index: IntegerTensorScalar>(
        _ operation: mk_accumulation, axis: Int, _ indices: Tensor<Index>, _ source: Tensor, in name: StaticString
    ) -> Tensor {
        let values = source.leadingPart(indices.shape, in: name)
        let offsets = elementOffsets(indices, axis: axis, in: shape, countsFromEnd: false, operation: name)
        var result = self
        result.makeUnique()
        let target = result.pointer
        forEachIndependentPart(offsets, indices.shape, axis: axis) { pattern, start in
            pattern.accumulate(operation, from: values.pointer + start, to: target)
        }
        return result
    }
}

/// Positions along an axis from a tensor of indices, checked and flat.
///
/// Traps with the first index that is out of range.
///
/// - Parameter countsFromEnd: negative indices count from the end; else they are out of range too.
func checkedPositions<Index: IntegerTensorScalar>(
    _ indices: Tensor<Index>, axis: Int, of shape: TensorShape, countsFromEnd: Bool, in operation: StaticString
) -> Tensor<Int64> {
    let extent = shape.extents[axis]
    let source = Tensor<Int64>(indices).contiguous().flattened()
    let (bad, hasNegative) = scan(source, extent: Int64(extent), countsFromEnd: countsFromEnd)
    if let bad {
        trap(
            "\(operation): the index \(source.pointer[bad]) at position \(bad) of an index tensor of shape "
                + "\(indices.shape) is out of range for axis \(axis) of the shape \(shape)")
    }
    return hasNegative ? wrapped(source, extent: Int64(extent)) : source
}

/// The position of the first index that is out of range, and whether any index is negative.
private func scan(_ indices: Tensor<Int64>, extent: Int64, countsFromEnd: Bool) -> (bad: Int?, hasNegative: Bool) {
    let values = indices.pointer
    let lower = countsFromEnd ? -extent : 0
    var smallest: Int64 = 0
    for position in 0..<indices.count {
        let value = values[position]
        if value < lower || value >= extent { return (position, false) }
        smallest = min(smallest, value)
    }
    return (nil, smallest < 0)
}

private func wrapped(_ indices: Tensor<Int64>, extent: Int64) -> Tensor<Int64> {
    let result = Tensor<Int64>(uninitialized: indices.shape)
    let (source, target) = (indices.pointer, result.pointer)
    for position in 0..<indices.count {
        let value = source[position]
        target[position] = value < 0 ? value &+ extent : value
    }
    return result
}

/// The offset, in a row-major tensor of shape `shape`, of the element that each entry of `indices` names along `axis`;
/// the other coordinates are the entry's own.
func elementOffsets<Index: IntegerTensorScalar>(
    _ indices: Tensor<Index>, axis: Int, in shape: TensorShape, countsFromEnd: Bool, operation: StaticString
) -> Tensor<Int64> {
    guard indices.rank == shape.rank else {
        trap("\(operation): indices of shape \(indices.shape) do not have the rank of the shape \(shape)")
    }
    for other in 0..<shape.rank where other != axis && indices.shape.extents[other] > shape.extents[other] {
        trap("\(operation): indices of shape \(indices.shape) exceed the shape \(shape) at axis \(other)")
    }
    let positions = checkedPositions(indices, axis: axis, of: shape, countsFromEnd: countsFromEnd, in: operation)
    let strides = shape.rowMajorStrides
    let axisStride = Int64(strides.extents[axis])
    var outerExtents = TensorShape()
    var outerStrides = TensorShape()
    var innerExtents = TensorShape()
    var innerStrides = TensorShape()
    for other in 0..<shape.rank {
        if other < axis {
            outerExtents.append(indices.shape.extents[other])
            outerStrides.append(strides.extents[other])
        } else if other > axis {
            innerExtents.append(indices.shape.extents[other])
            innerStrides.append(strides.extents[other])
        }
    }
    let outer = stridedOffsets(outerExtents, outerStrides)
    let inner = stridedOffsets(innerExtents, innerStrides)
    let result = Tensor<Int64>(uninitialized: [positions.count])
    let (source, target, outerStart, innerStart) = (positions.pointer, result.pointer, outer.pointer, inner.pointer)
    let innerCount = inner.count
    let extent = indices.shape.extents[axis]
    Parallelism.forEachPiece(of: outer.count, grain: max(1, Grain.elementwise / max(1, extent * innerCount))) { piece in
        for o in piece {
            let base = outerStart[o]
            for k in 0..<extent {
                let row = (o &* extent &+ k) &* innerCount
                for i in 0..<innerCount {
                    target[row &+ i] = base &+ innerStart[i] &+ source[row &+ i] &* axisStride
                }
            }
        }
    }
    return result
}

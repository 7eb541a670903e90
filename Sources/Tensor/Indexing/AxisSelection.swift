import CKernels

extension Tensor {
    /// The positions of an axis that `indices` (rank 1) names, in that order, as a copy.
    ///
    /// Traps if an index is negative or too large.
    public func indexSelected<Index: IntegerTensorScalar>(axis: Int, _ indices: Tensor<Index>) -> Tensor {
        let position = shape.axis(axis, in: "indexSelected")
        guard indices.rank == 1 else {
            trap("indexSelected: the indices have the shape \(indices.shape), but rank 1 is needed")
        }
        let positions = checkedPositions(
            indices, axis: position, of: shape, countsFromEnd: false, in: "indexSelected")
        return picking(positions, axis: position)
    }

    /// The positions of an axis that are listed, in that order, as a copy.
    public func indexSelected(axis: Int, _ indices: [Int]) -> Tensor {
        indexSelected(axis: axis, Tensor<Int64>(indices.map { Int64($0) }))
    }

    /// Copies checked positions of an axis.
    func picking(_ positions: Tensor<Int64>, axis: Int) -> Tensor {
        let source = contiguous()
        let result = Tensor(uninitialized: shape.replacing(axis: axis, with: positions.count))
        BlockPattern(positions: positions, axis: axis, in: shape).gather(
            elementBytes: MemoryLayout<Scalar>.stride, from: source.pointer, to: result.pointer)
        return result
    }

    /// Elements picked along an axis: `result[i, j] = self[i, indices[i, j]]` for axis 1.
    ///
    /// The result has the shape of `indices`, which has this tensor's rank and is nowhere larger, but for `axis`. Traps
    /// if an index is negative or too large.
    public func gathered<Index: IntegerTensorScalar>(axis: Int, _ indices: Tensor<Index>) -> Tensor {
        let position = shape.axis(axis, in: "gathered")
        let offsets = elementOffsets(
            indices, axis: position, in: shape, countsFromEnd: false, operation: "gathered")
        return elements(at: offsets, shape: indices.shape)
    }

    /// Elements picked along an axis as by ``gathered(axis:_:)``, after broadcasting the other axes, as NumPy's
    /// `take_along_axis`; negative indices count from the end.
    public func takenAlong<Index: IntegerTensorScalar>(axis: Int, _ indices: Tensor<Index>) -> Tensor {
        let position = shape.axis(axis, in: "takenAlong")
        let (source, wide) = broadcastAlong(position, indices, in: "takenAlong")
        let offsets = elementOffsets(
            wide, axis: position, in: source.shape, countsFromEnd: true, operation: "takenAlong")
        return source.elements(at: offsets, shape: wide.shape)
    }

    /// The tensor with elements replaced along an axis: the reverse of ``takenAlong(axis:_:)``, as NumPy's
    /// `put_along_axis`; the last of several writes to one place wins.
    public func puttingAlong<Index: IntegerTensorScalar>(
        axis: Int, _ indices: Tensor<Index>, _ values: Tensor
    ) -> Tensor {
        let position = shape.axis(axis, in: "puttingAlong")
        let (target, wide) = broadcastAlong(position, indices, in: "puttingAlong")
        guard target.shape == shape else {
            trap("puttingAlong: indices of shape \(indices.shape) do not broadcast to the shape \(shape)")
        }
        guard let view = values.layout.broadcast(to: wide.shape) else {
            trap("puttingAlong: values of shape \(values.shape) do not broadcast to the indices' shape \(wide.shape)")
        }
        let offsets = elementOffsets(wide, axis: position, in: shape, countsFromEnd: true, operation: "puttingAlong")
        let source = Tensor(storage: values.storage, layout: view).contiguous()
        let result = copied()
        BlockPattern(base: offsets, rest: nil, width: 1).scatter(
            elementBytes: MemoryLayout<Scalar>.stride, from: source.pointer, to: result.pointer)
        return result
    }

    /// The elements at checked offsets of the row-major order.
    func elements(at offsets: Tensor<Int64>, shape: TensorShape) -> Tensor {
        let source = contiguous()
        let result = Tensor(uninitialized: shape)
        BlockPattern(base: offsets, rest: nil, width: 1).gather(
            elementBytes: MemoryLayout<Scalar>.stride, from: source.pointer, to: result.pointer)
        return result
    }

    private func broadcastAlong<Index: IntegerTensorScalar>(
        _ axis: Int, _ indices: Tensor<Index>, in operation: StaticString
    ) -> (Tensor, Tensor<Index>) {
        guard indices.rank == rank else {
            trap("\(operation): indices of shape \(indices.shape) do not have the rank of the shape \(shape)")
        }
        let common = TensorShape.broadcast(
            shape.replacing(axis: axis, with: 1), indices.shape.replacing(axis: axis, with: 1), in: operation)
        let wideSelf = broadcast(to: common.replacing(axis: axis, with: shape.extents[axis]))
        let wideIndices = indices.broadcast(to: common.replacing(axis: axis, with: indices.shape.extents[axis]))
        return (wideSelf, wideIndices)
    }
}

import CKernels

extension Tensor {
    /// Part of the tensor, named axis by axis; see ``TensorIndex`` for what may stand here.
    ///
    /// Integers, ranges and new axes give a view (a copy if a step is negative), tensors of indices and masks a copy. By
    /// NumPy's rule, index tensors broadcast together and their axes stand where the first of them stood, or in front
    /// if other entries stand between them; an integer beside index tensors counts as one of them.
    ///
    /// Setting writes the broadcast right-hand side; other tensors that shared the elements keep theirs. If indices
    /// repeat, the last write wins. Traps if an index or a bound is out of range.
    public subscript(indices: any TensorIndexing...) -> Tensor {
        get { part(indices.map(\.tensorIndex)) }
        set { replacePart(indices.map(\.tensorIndex), with: newValue) }
    }

    /// Part of the tensor, named by a list of entries.
    public subscript(all entries: [any TensorIndexing]) -> Tensor {
        get { part(entries.map(\.tensorIndex)) }
        set { replacePart(entries.map(\.tensorIndex), with: newValue) }
    }

    /// The only element that the indices name, for reading; for setting, a value for all elements that they name.
    ///
    /// Traps when reading more than one element.
    @_disfavoredOverload
    public subscript(indices: any TensorIndexing...) -> Scalar {
        get { part(indices.map(\.tensorIndex)).scalar }
        set { replacePart(indices.map(\.tensorIndex), with: Tensor(newValue)) }
    }

    package func part(_ entries: [TensorIndex]) -> Tensor {
        let resolved = ResolvedIndex(entries, layout)
        if resolved.isBasic {
            let view = Tensor(storage: storage, layout: resolved.region)
            let isBackwards = resolved.region.strides.contains { $0 < 0 }
            return isBackwards ? view.copied() : view
        }
        let target = resolved.shape
        let order = resolved.axesInMemoryOrder
        let result = Tensor(uninitialized: TensorShape(order.map { target.extents[$0] }))
        resolved.blocks(of: shape).gather(
            elementBytes: MemoryLayout<Scalar>.stride, from: storage.bytes, to: result.pointer)
        if order == Array(0..<order.count) { return result }
        return result.permuted(inverseOrder(order)).contiguous()
    }

    mutating func replacePart(_ entries: [TensorIndex], with value: Tensor) {
        // Resolved again after the copy: the strides may change with it.
        makeUnique()
        let resolved = ResolvedIndex(entries, layout)
        guard let source = value.layout.broadcast(to: resolved.shape) else {
            trap("subscript: a value of shape \(value.shape) does not broadcast to the part's shape \(resolved.shape)")
        }
        if resolved.isBasic {
            assign(Tensor(storage: value.storage, layout: source), to: resolved.region)
            return
        }
        let ordered = Tensor(storage: value.storage, layout: source).permuted(resolved.axesInMemoryOrder).contiguous()
        resolved.blocks(of: shape).scatter(
            elementBytes: MemoryLayout<Scalar>.stride, from: ordered.pointer, to: storage.bytes)
    }

    /// Writes a tensor over a region of this one's storage, which nobody else sees.
    func assign(_ value: Tensor, to region: Layout) {
        let bytes = MemoryLayout<Scalar>.stride
        let (target, source) = (storage.bytes, value.storage.bytes)
        StridedLoop(region.shape, region, value.layout).forEachBlock(grain: Grain.elementwise) { block in
            let to = block.operand(0, target, bytes)
            mk_assign(
                bytes, block.rows, block.columns, block.operand(1, source, bytes),
                UnsafeMutableRawPointer(mutating: to.data), to.row, to.step)
        }
    }
}

/// The permutation that undoes another.
func inverseOrder(_ order: [Int]) -> [Int] {
    var inverse = Array(repeating: 0, count: order.count)
    for (position, axis) in order.enumerated() { inverse[axis] = position }
    return inverse
}

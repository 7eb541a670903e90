import Tensor

// Picking elements and putting gradients back. Selection and scatter-addition are each other's adjoints, so each rule is
// written in terms of the other and all can be differentiated any number of times.

extension Variable {
    /// Elements along an axis by index: `[n0, indices, n2]` from `[n0, n1, n2]` for axis 1. ∂x: G added at the indices.
    public func indexSelected(axis: Int, _ indices: Tensor<Int64>) -> Variable {
        let shape = self.shape
        return Variable.record("indexSelected", value.indexSelected(axis: axis, indices), from: self) {
            gradient, pass in
            pass.send(to: 0) {
                Variable(Tensor(zeros: shape)).indexAdded(axis: axis, indices, source: gradient)
            }
        }
    }

    /// The variable with slices of `source` added at indices along an axis. ∂x = G, ∂source: G at the indices.
    public func indexAdded(axis: Int, _ indices: Tensor<Int64>, source: Variable) -> Variable {
        let result = value.indexAdded(axis: axis, indices, source: source.value)
        return Variable.record("indexAdded", result, from: self, source) { gradient, pass in
            pass.send(to: 0) { gradient }
            pass.send(to: 1) { gradient.indexSelected(axis: axis, indices) }
        }
    }

    /// `result[i, j] = x[i, indices[i, j]]` for axis 1. ∂x: G added where the elements came from.
    public func gathered(axis: Int, _ indices: Tensor<Int64>) -> Variable {
        let shape = self.shape
        return Variable.record("gathered", value.gathered(axis: axis, indices), from: self) { gradient, pass in
            pass.send(to: 0) {
                Variable(Tensor(zeros: shape)).scatterAdded(axis: axis, indices, source: gradient)
            }
        }
    }

    /// `result[i, indices[i, j]] += source[i, j]` for axis 1. ∂x = G, ∂source: G gathered at the indices.
    public func scatterAdded(axis: Int, _ indices: Tensor<Int64>, source: Variable) -> Variable {
        let result = value.scatterAdded(axis: axis, indices, source: source.value)
        let (shape, sourceShape) = (indices.shape, source.shape)
        return Variable.record("scatterAdded", result, from: self, source) { gradient, pass in
            pass.send(to: 0) { gradient }
            pass.send(to: 1) { gradient.gathered(axis: axis, indices).leading(of: sourceShape, from: shape) }
        }
    }

    /// `result[i, indices[i, j]] = source[i, j]` for axis 1; of several writes to one place the last wins.
    ///
    /// ∂x: G, 0 where written over. ∂source: G gathered at the indices, 0 for writes that did not win.
    public func scattered(axis: Int, _ indices: Tensor<Int64>, source: Variable) -> Variable {
        let result = value.scattered(axis: axis, indices, source: source.value)
        let (shape, sourceShape) = (self.shape, source.shape)
        return Variable.record("scattered", result, from: self, source) { gradient, pass in
            let numbers = Tensor<Int64>.arange(1, Int64(indices.count) + 1).reshaped(indices.shape)
            let winners = Tensor<Int64>(zeros: shape).scattered(axis: axis, indices, source: numbers)
            pass.send(to: 0) { gradient.replaced(where: winners .!= 0, by: 0) }
            pass.send(to: 1) {
                let hasWon = winners.gathered(axis: axis, indices) .== numbers
                return gradient.gathered(axis: axis, indices).replaced(where: !hasWon, by: 0)
                    .leading(of: sourceShape, from: indices.shape)
            }
        }
    }

    /// Zeros of `shape` with this variable in the leading corner: a scatter may use a part of its source only.
    private func leading(of shape: TensorShape, from part: TensorShape) -> Variable {
        if shape == part { return self }
        var amounts: [Int] = []
        for axis in (0..<shape.rank).reversed() { amounts += [0, shape[axis] - part[axis]] }
        return padded(amounts)
    }

    /// Rows of a table `[rows, dimensions]` by id, `[ids..., dimensions]`: an embedding. ∂table: G added to the rows.
    ///
    /// - Parameters:
    ///   - ids: row numbers of any shape `[ids...]`.
    ///   - paddingID: an id whose row gets no gradient.
    public func rows(_ ids: Tensor<Int64>, paddingID: Int? = nil) -> Variable {
        let shape = self.shape
        return Variable.record("rows", value.rows(ids), from: self) { gradient, pass in
            if pass.recordsGradient {
                pass.send(to: 0) { gradient.addedToRows(ids, of: shape, paddingID: paddingID) }
            } else {
                pass.add(to: 0) { $0.addRows(gradient.value, at: ids, ignoring: paddingID) }
            }
        }
    }

    /// The adjoint of ``rows(_:paddingID:)``.
    private func addedToRows(_ ids: Tensor<Int64>, of shape: TensorShape, paddingID: Int?) -> Variable {
        var table = Tensor<Scalar>(zeros: shape)
        table.addRows(value, at: ids, ignoring: paddingID)
        return Variable.record("addedToRows", table, from: self) { gradient, pass in
            pass.send(to: 0) {
                let rows = gradient.rows(ids)
                guard let paddingID else { return rows }
                return rows.replaced(where: (ids .== Int64(paddingID)).unsqueezed(-1), by: 0)
            }
        }
    }

    /// The elements at row-major positions, in the positions' shape. ∂x: G added at the positions.
    func picked(_ name: StaticString, _ result: Tensor<Scalar>, at positions: Tensor<Int64>) -> Variable {
        let shape = self.shape
        return Variable.record(name, result, from: self) { gradient, pass in
            pass.send(to: 0) {
                let flat = Variable(Tensor(zeros: [shape.elementCount]))
                return flat.indexAdded(axis: 0, positions.flattened(), source: gradient.flattened()).reshaped(shape)
            }
        }
    }

    /// A rearrangement that copies or repeats elements. ∂x: G added where each element came from.
    func rearranged(
        _ name: StaticString, _ result: Tensor<Scalar>, _ rearrange: (Tensor<Int64>) -> Tensor<Int64>
    ) -> Variable {
        if !isTracked { return Variable(result) }
        return picked(name, result, at: rearrange(Tensor<Int64>.arange(Int64(count)).reshaped(shape)))
    }

    /// The elements where a mask of the same shape is true, as a vector.
    public func maskedSelected(_ mask: Tensor<Bool>) -> Variable {
        rearranged("maskedSelected", value.maskedSelected(mask)) { $0.maskedSelected(mask) }
    }

    /// A part of the tensor, by the rules of the tensor's own subscript.
    public subscript(indices: any TensorIndexing...) -> Variable {
        let entries = indices.map(\.tensorIndex)
        return rearranged("subscript", value.part(entries)) { $0.part(entries) }
    }
}

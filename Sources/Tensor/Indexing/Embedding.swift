import CKernels

extension Tensor {
    /// The rows of a table `[rows, dimensions]` that `ids` names: `[ids..., dimensions]`.
    ///
    /// Traps if an id is negative or not below the number of rows.
    public func rows<Index: IntegerTensorScalar>(_ ids: Tensor<Index>) -> Tensor {
        guard rank == 2 else { trap("rows: the table has the shape \(shape), but rank 2 is needed") }
        let positions = checkedPositions(ids, axis: 0, of: shape, countsFromEnd: false, in: "rows")
        var target = ids.shape
        guard target.rank < TensorShape.maximumRank else { trap("rows: ids of shape \(ids.shape) have too many axes") }
        target.append(shape.extents[1])
        return picking(positions, axis: 0).reshaped(target)
    }
}

extension Tensor where Scalar: NumericTensorScalar {
    /// Adds `[ids..., dimensions]` to the rows that `ids` names, in the order of the ids: the gradient of ``rows(_:)``.
    ///
    /// - Parameters:
    ///   - rows: `[ids..., dimensions]`, what to add.
    ///   - ids: the row of the table that each is added to.
    ///   - ignored: an id whose rows are left out, such as the id of padding.
    public mutating func addRows<Index: IntegerTensorScalar>(
        _ rows: Tensor, at ids: Tensor<Index>, ignoring ignored: Int? = nil
    ) {
        guard rank == 2 else { trap("addRows: the table has the shape \(shape), but rank 2 is needed") }
        var expected = ids.shape
        if expected.rank < TensorShape.maximumRank { expected.append(shape.extents[1]) }
        guard rows.shape == expected else {
            trap(
                "addRows: rows of shape \(rows.shape) do not fit ids of shape \(ids.shape) and a table of shape "
                    + "\(shape)")
        }
        let positions = checkedPositions(ids, axis: 0, of: shape, countsFromEnd: false, in: "addRows")
        let source = rows.reshaped([positions.count, shape.extents[1]] as TensorShape)
        guard let ignored else { return addSlices(at: positions, axis: 0, source) }
        let kept = (positions .!= Int64(ignored)).nonzeroOffsets()
        addSlices(at: positions.elements(at: kept, shape: kept.shape), axis: 0, source.picking(kept, axis: 0))
    }

    /// The table with rows added; see ``addRows(_:at:ignoring:)``.
    public func addingRows<Index: IntegerTensorScalar>(
        _ rows: Tensor, at ids: Tensor<Index>, ignoring ignored: Int? = nil
    ) -> Tensor {
        var table = self
        table.addRows(rows, at: ids, ignoring: ignored)
        return table
    }
}

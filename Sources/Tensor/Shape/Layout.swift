/// Where the elements of a tensor lie in its storage: shape, strides and offset, all in elements.
package struct Layout: Sendable {
    package var shape: TensorShape
    var strides: TensorShape
    var offset: Int

    /// The row-major layout that starts at the beginning of its storage.
    init(_ shape: TensorShape) {
        self.shape = shape
        strides = shape.rowMajorStrides
        offset = 0
    }

    init(shape: TensorShape, strides: TensorShape, offset: Int) {
        self.shape = shape
        self.strides = strides
        self.offset = offset
    }

    /// Whether the elements lie one after another in row-major order. Axes of extent 1 may have any stride.
    var isContiguous: Bool {
        var step = 1
        var axis = shape.rank - 1
        while axis >= 0 {
            let extent = shape.extents[axis]
            if extent == 0 { return true }
            if extent != 1 {
                if strides.extents[axis] != step { return false }
                step &*= extent
            }
            axis -= 1
        }
        return true
    }

    /// Where a matrix of the last two axes begins, counted from the first one.
    func matrixOffset(_ index: Int) -> Int {
        var offset = 0
        var rest = index
        var axis = shape.rank - 3
        while axis >= 0 {
            let extent = shape.extents[axis]
            offset += rest % extent * strides.extents[axis]
            rest /= extent
            axis -= 1
        }
        return offset
    }

    /// The same elements seen in a larger shape, with stride 0 along stretched axes; nil if the shapes do not broadcast.
    func broadcast(to target: TensorShape) -> Layout? {
        if shape == target { return self }
        let missing = target.rank - shape.rank
        guard missing >= 0 else { return nil }
        var stretched = TensorShape(repeating: 0, rank: target.rank)
        for axis in 0..<shape.rank {
            let extent = shape.extents[axis]
            if extent == target.extents[axis + missing] {
                stretched.extents[axis + missing] = strides.extents[axis]
            } else if extent != 1 {
                return nil
            }
        }
        return Layout(shape: target, strides: stretched, offset: offset)
    }

    /// The same elements under a new shape of equal count without moving them, or nil if that needs a copy.
    func reshaped(_ target: TensorShape) -> Layout? {
        if isContiguous { return Layout(shape: target, strides: target.rowMajorStrides, offset: offset) }
        var strides = TensorShape(repeating: 1, rank: target.rank)
        var old = 0
        var new = 0
        // Match runs of old axes with runs of new axes that hold the same number of elements; inside a run of old axes
        // the strides must be mergeable.
        while new < target.rank {
            var oldCount = 1
            var newCount = target.extents[new]
            let newStart = new
            let oldStart = old
            new += 1
            if old < shape.rank {
                oldCount = shape.extents[old]
                old += 1
            }
            while oldCount != newCount {
                if oldCount < newCount {
                    guard old < shape.rank else { return nil }
                    oldCount *= shape.extents[old]
                    old += 1
                } else {
                    guard new < target.rank else { return nil }
                    newCount *= target.extents[new]
                    new += 1
                }
            }
            while new < target.rank, target.extents[new] == 1 { new += 1 }
            var innermost = 1
            var expected: Int?
            var axis = old - 1
            while axis >= oldStart {
                if shape.extents[axis] != 1 {
                    if let step = expected {
                        if self.strides.extents[axis] != step { return nil }
                    } else {
                        innermost = self.strides.extents[axis]
                    }
                    expected = self.strides.extents[axis] * shape.extents[axis]
                }
                axis -= 1
            }
            var step = innermost
            var position = new - 1
            while position >= newStart {
                strides.extents[position] = step
                step *= target.extents[position]
                position -= 1
            }
        }
        return Layout(shape: target, strides: strides, offset: offset)
    }
}

extension Tensor {
    /// The same elements in another shape; one extent may be -1 and is then computed.
    ///
    /// A view where strides allow it, else a copy. Traps if the element counts differ.
    public func reshaped(_ shape: [Int]) -> Tensor {
        var target = TensorShape(unchecked: shape)
        var known = 1
        var open: Int?
        for axis in 0..<target.rank {
            if target.extents[axis] == -1, open == nil {
                open = axis
            } else {
                known &*= target.extents[axis]
            }
        }
        if let open, known > 0 { target.extents[open] = count / known }
        return reshaped(target)
    }

    /// The same elements in another shape of equal element count: a view where strides allow it, else a copy.
    public func reshaped(_ shape: TensorShape) -> Tensor {
        if shape == self.shape { return self }
        for axis in 0..<shape.rank where shape.extents[axis] < 0 {
            trap("reshaped: cannot give a tensor of shape \(self.shape) the shape \(shape)")
        }
        if let problem = shape.validationProblem { trap("reshaped: \(problem)") }
        guard shape.elementCount == count else {
            trap("reshaped: the shape \(self.shape) has \(count) elements, the shape \(shape) \(shape.elementCount)")
        }
        if let view = layout.reshaped(shape) { return Tensor(storage: storage, layout: view) }
        return copied().reshaped(shape)
    }

    /// All elements along one axis.
    public func flattened() -> Tensor { reshaped([count] as TensorShape) }

    /// The axes `first...last` merged into one.
    public func flattened(axes first: Int, through last: Int) -> Tensor {
        let start = shape.axis(first, in: "flattened")
        let end = shape.axis(last, in: "flattened")
        guard start <= end else { trap("flattened: axis \(first) comes after axis \(last) in the shape \(shape)") }
        var target = TensorShape()
        for axis in 0..<rank {
            if axis > start && axis <= end {
                target.extents[start] *= shape.extents[axis]
            } else {
                target.append(shape.extents[axis])
            }
        }
        return reshaped(target)
    }

    /// A view with the axes in another order: `permuted([2, 0, 1])` puts the last axis first.
    public func permuted(_ axes: [Int]) -> Tensor {
        guard axes.count == rank else {
            trap("permuted: \(axes) does not list every axis of the shape \(shape) once")
        }
        var view = Layout(shape: [], strides: [], offset: layout.offset)
        var seen = 0
        for axis in axes {
            let position = shape.axis(axis, in: "permuted")
            guard seen & 1 << position == 0 else {
                trap("permuted: \(axes) does not list every axis of the shape \(shape) once")
            }
            seen |= 1 << position
            view.shape.append(shape.extents[position])
            view.strides.append(layout.strides.extents[position])
        }
        return Tensor(storage: storage, layout: view)
    }

    /// A view with two axes exchanged; the last two if none are named.
    public func transposed(_ first: Int = -2, _ second: Int = -1) -> Tensor {
        let a = shape.axis(first, in: "transposed")
        let b = shape.axis(second, in: "transposed")
        var view = layout
        view.shape.extents[a] = layout.shape.extents[b]
        view.shape.extents[b] = layout.shape.extents[a]
        view.strides.extents[a] = layout.strides.extents[b]
        view.strides.extents[b] = layout.strides.extents[a]
        return Tensor(storage: storage, layout: view)
    }

    /// A view with an axis moved to another position, the others in order.
    public func movingAxis(_ source: Int, to target: Int) -> Tensor {
        let from = shape.axis(source, in: "movingAxis")
        let to = shape.axis(target, in: "movingAxis")
        var order = Array(0..<rank)
        order.remove(at: from)
        order.insert(from, at: to)
        return permuted(order)
    }

    /// A view with a new axis of extent 1 in front of position `axis`; -1 appends one.
    public func unsqueezed(_ axis: Int) -> Tensor {
        let position = shape.axis(axis, in: "unsqueezed", isInsertion: true)
        guard rank < TensorShape.maximumRank else {
            trap("unsqueezed: the shape \(shape) has \(rank) axes already")
        }
        let view = Layout(
            shape: shape.inserting(1, at: position), strides: layout.strides.inserting(0, at: position),
            offset: layout.offset)
        return Tensor(storage: storage, layout: view)
    }

    /// A view without one axis; traps if its extent is not 1.
    public func squeezed(_ axis: Int) -> Tensor {
        let position = shape.axis(axis, in: "squeezed")
        guard shape.extents[position] == 1 else {
            trap("squeezed: axis \(axis) of the shape \(shape) has extent \(shape.extents[position]), not 1")
        }
        let view = Layout(
            shape: shape.removing(axis: position), strides: layout.strides.removing(axis: position),
            offset: layout.offset)
        return Tensor(storage: storage, layout: view)
    }

    /// A view without the axes of extent 1.
    public func squeezed() -> Tensor {
        var view = Layout(shape: [], strides: [], offset: layout.offset)
        for axis in 0..<rank where shape.extents[axis] != 1 {
            view.shape.append(shape.extents[axis])
            view.strides.append(layout.strides.extents[axis])
        }
        return Tensor(storage: storage, layout: view)
    }

    /// A view stretched to a larger shape by the broadcasting rules; traps if it does not fit.
    public func broadcast(to shape: TensorShape) -> Tensor {
        if let problem = shape.validationProblem { trap("broadcast: \(problem)") }
        guard let view = layout.broadcast(to: shape) else {
            trap("broadcast: the shape \(self.shape) does not broadcast to \(shape)")
        }
        return Tensor(storage: storage, layout: view)
    }

    /// A view of `length` positions of an axis from `start` on, every `step`-th of them.
    public func narrowed(axis: Int, from start: Int, count length: Int, step: Int = 1) -> Tensor {
        let position = shape.axis(axis, in: "narrowed")
        let extent = shape.extents[position]
        let room = extent - 1 &- start
        guard length >= 0, step >= 1, start >= 0, length == 0 ? room >= -1 : room >= 0 && length - 1 <= room / step
        else {
            trap("narrowed: \(length) positions from \(start) in steps of \(step) leave axis \(axis) of \(shape)")
        }
        var view = layout
        view.shape.extents[position] = length
        view.offset += start * layout.strides.extents[position]
        if length > 1 { view.strides.extents[position] *= step }
        return Tensor(storage: storage, layout: view)
    }

    /// A view of one position of an axis, without that axis; negative positions count from the end.
    public func selected(axis: Int, at index: Int) -> Tensor {
        let position = shape.axis(axis, in: "selected")
        let extent = shape.extents[position]
        let start = index < 0 ? index + extent : index
        guard start >= 0, start < extent else {
            trap("selected: index \(index) is out of range for axis \(axis) of the shape \(shape)")
        }
        return narrowed(axis: position, from: start, count: 1).squeezed(position)
    }

    /// The diagonal of two axes as a new last axis: a view.
    public func diagonal(offset: Int = 0, axes: (Int, Int) = (-2, -1)) -> Tensor {
        let a = shape.axis(axes.0, in: "diagonal")
        let b = shape.axis(axes.1, in: "diagonal")
        guard a != b else { trap("diagonal: the two axes are the same, \(axes.0)") }
        let rows = shape.extents[a]
        let columns = shape.extents[b]
        let length = max(0, offset >= 0 ? min(rows, columns - offset) : min(rows + offset, columns))
        let (high, low) = (max(a, b), min(a, b))
        var view = Layout(
            shape: shape.removing(axis: high).removing(axis: low),
            strides: layout.strides.removing(axis: high).removing(axis: low), offset: layout.offset)
        view.shape.append(length)
        view.strides.append(layout.strides.extents[a] + layout.strides.extents[b])
        if length > 0 {
            let axis = offset >= 0 ? b : a
            view.offset += Swift.abs(offset) * layout.strides.extents[axis]
        }
        return Tensor(storage: storage, layout: view)
    }

    /// Overlapping windows along an axis, as a new last axis: a view `[..., (extent - size) / step + 1, ..., size]`.
    public func windows(axis: Int, size: Int, step: Int) -> Tensor {
        let position = shape.axis(axis, in: "windows")
        let extent = shape.extents[position]
        guard size >= 1, size <= extent, step >= 1, rank < TensorShape.maximumRank else {
            trap("windows: windows of \(size) in steps of \(step) do not fit axis \(axis) of the shape \(shape)")
        }
        var view = layout
        view.shape.extents[position] = (extent - size) / step + 1
        view.strides.extents[position] &*= step
        view.shape.append(size)
        view.strides.append(layout.strides.extents[position])
        return Tensor(storage: storage, layout: view)
    }
}

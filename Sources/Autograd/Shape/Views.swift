import Tensor

extension Variable {
    /// A view of the elements. ∂x: the gradient put back where the elements came from, zeros elsewhere.
    func viewed(
        _ name: StaticString, _ view: @escaping @Sendable (Tensor<Scalar>) -> Tensor<Scalar>
    ) -> Variable {
        let shape = self.shape
        return Variable.record(name, view(value), from: self) { gradient, pass in
            pass.send(to: 0) { gradient.placed(name, in: shape, view) }
        }
    }

    /// The adjoint of a view. ∂x: the view of the gradient.
    private func placed(
        _ name: StaticString, in shape: TensorShape,
        _ view: @escaping @Sendable (Tensor<Scalar>) -> Tensor<Scalar>
    ) -> Variable {
        Variable.record(name, value.adjoint(ofViewOf: shape, view), from: self) { gradient, pass in
            pass.send(to: 0) { gradient.viewed(name, view) }
        }
    }

    /// The same elements in another shape; one extent may be -1 and is then computed.
    public func reshaped(_ shape: [Int]) -> Variable { reshaping(value.reshaped(shape)) }

    /// The same elements in another shape of equal element count.
    public func reshaped(_ shape: TensorShape) -> Variable { reshaping(value.reshaped(shape)) }

    private func reshaping(_ result: Tensor<Scalar>) -> Variable {
        let old = shape
        return Variable.record("reshaped", result, from: self) { gradient, pass in
            pass.send(to: 0) { gradient.reshaped(old) }
        }
    }

    /// All elements along one axis.
    public func flattened() -> Variable { reshaping(value.flattened()) }

    /// The axes `first...last` merged into one.
    public func flattened(axes first: Int, through last: Int) -> Variable {
        reshaping(value.flattened(axes: first, through: last))
    }

    /// A view with a new axis of extent 1 in front of position `axis`; -1 appends one.
    public func unsqueezed(_ axis: Int) -> Variable { reshaping(value.unsqueezed(axis)) }

    /// A view without one axis of extent 1.
    public func squeezed(_ axis: Int) -> Variable { reshaping(value.squeezed(axis)) }

    /// A view without the axes of extent 1.
    public func squeezed() -> Variable { reshaping(value.squeezed()) }

    /// A view with the axes in another order.
    public func permuted(_ axes: [Int]) -> Variable {
        let rank = self.rank
        return Variable.record("permuted", value.permuted(axes), from: self) { gradient, pass in
            pass.send(to: 0) {
                var inverse = [Int](repeating: 0, count: rank)
                for (position, axis) in axes.enumerated() { inverse[axis < 0 ? axis + rank : axis] = position }
                return gradient.permuted(inverse)
            }
        }
    }

    /// A view with two axes exchanged; the last two if none are named.
    public func transposed(_ first: Int = -2, _ second: Int = -1) -> Variable {
        Variable.record("transposed", value.transposed(first, second), from: self) { gradient, pass in
            pass.send(to: 0) { gradient.transposed(first, second) }
        }
    }

    /// A view with an axis moved to another position, the others in order.
    public func movingAxis(_ source: Int, to target: Int) -> Variable {
        Variable.record("movingAxis", value.movingAxis(source, to: target), from: self) { gradient, pass in
            pass.send(to: 0) { gradient.movingAxis(target, to: source) }
        }
    }

    /// A view stretched to a larger shape. ∂x: the gradient summed over the stretched axes.
    public func broadcast(to shape: TensorShape) -> Variable {
        if shape == self.shape { return self }
        return Variable.record("broadcast", value.broadcast(to: shape), from: self) { gradient, pass in
            pass.send(to: 0) { gradient }
        }
    }

    /// The sum over the axes along which `shape` was stretched to this shape. ∂x: the gradient, stretched.
    public func summed(to shape: TensorShape) -> Variable {
        if shape == self.shape { return self }
        let full = self.shape
        return Variable.record("summed", value.summed(to: shape), from: self) { gradient, pass in
            pass.send(to: 0) { gradient.broadcast(to: full) }
        }
    }

    /// A view of `length` positions of an axis from `start` on, every `step`-th of them.
    public func narrowed(axis: Int, from start: Int, count length: Int, step: Int = 1) -> Variable {
        viewed("narrowed") { $0.narrowed(axis: axis, from: start, count: length, step: step) }
    }

    /// A view of one position of an axis, without that axis; negative positions count from the end.
    public func selected(axis: Int, at index: Int) -> Variable {
        viewed("selected") { $0.selected(axis: axis, at: index) }
    }

    /// The diagonal of two axes as a new last axis: a view.
    public func diagonal(offset: Int = 0, axes: (Int, Int) = (-2, -1)) -> Variable {
        viewed("diagonal") { $0.diagonal(offset: offset, axes: axes) }
    }

    /// Overlapping windows along an axis, as a new last axis: a view. ∂x: each element gets the sum over its windows.
    public func windows(axis: Int, size: Int, step: Int) -> Variable {
        viewed("windows") { $0.windows(axis: axis, size: size, step: step) }
    }
}

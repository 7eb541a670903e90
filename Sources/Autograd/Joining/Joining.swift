import Synchronization
import Tensor

extension Variable {
    /// Variables one after another along an axis. ∂part: its slice of G.
    public static func concatenated(_ parts: [Variable], axis: Int = 0) -> Variable {
        let result = Tensor.concatenated(parts.map(\.value), axis: axis)
        let position = axis < 0 ? axis + result.rank : axis
        let extents = parts.map { $0.shape[position] }
        return recorded("concatenated", result, from: parts) { gradient, pass in
            var start = 0
            for (index, extent) in extents.enumerated() {
                pass.send(to: index) { gradient.narrowed(axis: position, from: start, count: extent) }
                start += extent
            }
        }
    }

    /// Variables of one shape side by side along a new axis. ∂part: its slice of G.
    public static func stacked(_ parts: [Variable], axis: Int = 0) -> Variable {
        let result = Tensor.stacked(parts.map(\.value), axis: axis)
        let position = axis < 0 ? axis + result.rank : axis
        let count = parts.count
        return recorded("stacked", result, from: parts) { gradient, pass in
            for index in 0..<count { pass.send(to: index) { gradient.selected(axis: position, at: index) } }
        }
    }

    /// The slices along an axis, which is removed. ∂x: the slices' gradients side by side, assembled in one step, so that
    /// the backward pass takes time linear in the number of slices.
    public func unstacked(axis: Int = 0) -> [Variable] {
        let position = axis < 0 ? axis + rank : axis
        guard position >= 0, position < rank else {
            trap("unstacked: the shape \(shape) has no axis \(axis)")
        }
        let count = shape[position]
        guard isTracked else { return (0..<count).map { Variable(value.selected(axis: position, at: $0)) } }
        let gathered = SliceGradients<Scalar>(count: count)
        let sliceShape = TensorShape(Array(shape.enumerated().filter { $0.offset != position }.map(\.element)))
        // A scalar stands between the source and its slices. It is older than every slice, so its rule runs after theirs
        // and finds all their gradients; what they send to it is only the call to run.
        let joint = Variable.record("unstacked", Tensor(zeros: []), from: self) { _, pass in
            let gradients = gathered.take()
            pass.send(to: 0) {
                let zeros = Variable(Tensor(zeros: sliceShape))
                return Variable.stacked(gradients.map { $0 ?? zeros }, axis: position)
            }
        }
        return (0..<count).map { index in
            let slice = value.selected(axis: position, at: index)
            return Variable.record("unstacked", slice, from: joint) { gradient, pass in
                guard pass.needsGradient(0) else { return }
                gathered.add(gradient, at: index)
                pass.send(to: 0) { Variable(Tensor(zeros: [])) }
            }
        }
    }

    /// The variable cut along an axis into pieces of given extents, which must add up to the axis.
    public func split(sizes: [Int], axis: Int = 0) -> [Variable] {
        guard sizes.reduce(0, +) == shape[axis] else {
            trap("split: the sizes \(sizes) do not add up to axis \(axis) of the shape \(shape)")
        }
        var start = 0
        return sizes.map { size in
            defer { start += size }
            return narrowed(axis: axis, from: start, count: size)
        }
    }

    /// The variable cut into at most `count` pieces of equal extent, rounded up; the last may be smaller.
    public func chunked(_ count: Int, axis: Int = 0) -> [Variable] {
        split(sizes: value.chunked(count, axis: axis).map { $0.shape[axis] }, axis: axis)
    }

    /// The variable repeated along each axis. ∂x: the sum over the copies.
    public func tiled(_ repetitions: [Int]) -> Variable {
        rearranged("tiled", value.tiled(repetitions)) { $0.tiled(repetitions) }
    }

    /// Every slice along an axis repeated in place. ∂x: the sum over the copies.
    public func repeatInterleaved(_ count: Int, axis: Int) -> Variable {
        let position = axis < 0 ? axis + rank : axis
        var stretched = Array(shape)
        stretched.insert(count, at: position + 1)
        return unsqueezed(position + 1).broadcast(to: TensorShape(stretched)).flattened(
            axes: position, through: position + 1)
    }

    /// The elements in reverse order along axes. ∂x: G reversed.
    public func flipped(axes: [Int]) -> Variable {
        Variable.record("flipped", value.flipped(axes: axes), from: self) { gradient, pass in
            pass.send(to: 0) { gradient.flipped(axes: axes) }
        }
    }

    /// The elements shifted along an axis; what leaves one end enters the other. ∂x: G shifted back.
    public func rolled(by shift: Int, axis: Int) -> Variable {
        Variable.record("rolled", value.rolled(by: shift, axis: axis), from: self) { gradient, pass in
            pass.send(to: 0) { gradient.rolled(by: -shift, axis: axis) }
        }
    }

    /// The variable with positions added around it; amounts are pairs, the last axis first. ∂x: G, with what lies in the
    /// padding added where it was taken from.
    public func padded(_ amounts: [Int], mode: PaddingMode = .constant, value filling: Scalar = 0) -> Variable {
        let result = value.padded(amounts, mode: mode, value: filling)
        return Variable.record("padded", result, from: self) { gradient, pass in
            pass.send(to: 0) { gradient.padAdjoint(amounts, mode: mode) }
        }
    }

    /// The adjoint of padding. ∂x: G padded by the same rule, with zeros for constants.
    private func padAdjoint(_ amounts: [Int], mode: PaddingMode) -> Variable {
        Variable.record("padAdjoint", value.padAdjoint(amounts, mode: mode), from: self) { gradient, pass in
            pass.send(to: 0) { gradient.padded(amounts, mode: mode) }
        }
    }

    /// The elements below a diagonal and on it, zeros above. ∂x: G, masked likewise.
    public func tril(diagonal: Int = 0) -> Variable {
        Variable.record("tril", value.tril(diagonal: diagonal), from: self) { gradient, pass in
            pass.send(to: 0) { gradient.tril(diagonal: diagonal) }
        }
    }

    /// The elements above a diagonal and on it, zeros below. ∂x: G, masked likewise.
    public func triu(diagonal: Int = 0) -> Variable {
        Variable.record("triu", value.triu(diagonal: diagonal), from: self) { gradient, pass in
            pass.send(to: 0) { gradient.triu(diagonal: diagonal) }
        }
    }

    /// Matrices with the last axis on a diagonal. ∂x: the diagonal of G.
    public func diagonalEmbedded(offset: Int = 0) -> Variable {
        Variable.record("diagonalEmbedded", value.diagonalEmbedded(offset: offset), from: self) { gradient, pass in
            pass.send(to: 0) { gradient.diagonal(offset: offset) }
        }
    }

    /// The sum of the diagonal of a matrix.
    public func trace() -> Variable { diagonal().sum(axis: -1) }

    /// The Kronecker product of two matrices: `[m, n]` and `[p, q]` give `[m p, n q]`.
    public func kron(_ other: Variable) -> Variable {
        guard rank == 2, other.rank == 2 else {
            trap("kron: the shapes \(shape) and \(other.shape) are not both matrices")
        }
        let blocks = unsqueezed(1).unsqueezed(3) * other.unsqueezed(0).unsqueezed(2)
        return blocks.reshaped([shape[0] * other.shape[0], shape[1] * other.shape[1]] as TensorShape)
    }

    /// Distances between all pairs of rows: `[m, d]` and `[n, d]` give `[m, n]`; gradient 0 where a distance is 0.
    public func pairwiseDistances(to other: Variable, p: Double = 2) -> Variable {
        (unsqueezed(-2) - other.unsqueezed(-3)).norm(p, axes: [-1])
    }
}

/// The gradients of slices, kept until all have come; filled and emptied by one backward pass.
private final class SliceGradients<Scalar: FloatingTensorScalar>: Sendable {
    private let slots: Mutex<[Variable<Scalar>?]>

    init(count: Int) {
        slots = Mutex(Array(repeating: nil, count: count))
    }

    func add(_ gradient: Variable<Scalar>, at index: Int) {
        slots.withLock { slots in slots[index] = slots[index].map { $0 + gradient } ?? gradient }
    }

    /// The gradients, nil where none came; forgotten afterwards, so that another pass finds none.
    func take() -> [Variable<Scalar>?] {
        slots.withLock { slots in
            let gradients = slots
            slots = Array(repeating: nil, count: gradients.count)
            return gradients
        }
    }
}

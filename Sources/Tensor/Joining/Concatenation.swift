import CKernels

extension Tensor {
    /// Tensors one after another along an axis.
    ///
    /// Traps if there are none, or if their shapes differ elsewhere than along the axis.
    public static func concatenated(_ parts: [Tensor], axis: Int = 0) -> Tensor {
        guard let first = parts.first else { trap("concatenated: there are no tensors") }
        let position = first.shape.axis(axis, in: "concatenated")
        var total = 0
        for part in parts {
            guard part.rank == first.rank,
                part.shape.replacing(axis: position, with: 0) == first.shape.replacing(axis: position, with: 0)
            else {
                trap("concatenated: the shapes \(first.shape) and \(part.shape) differ beside axis \(axis)")
            }
            total += part.shape.extents[position]
        }
        let result = Tensor(uninitialized: first.shape.replacing(axis: position, with: total))
        var region = result.layout
        for part in parts {
            region.shape = part.shape
            result.assign(part, to: region)
            region.offset += part.shape.extents[position] * region.strides.extents[position]
        }
        return result
    }

    /// Tensors of equal shape side by side along a new axis.
    public static func stacked(_ parts: [Tensor], axis: Int = 0) -> Tensor {
        guard let first = parts.first else { trap("stacked: there are no tensors") }
        let position = first.shape.axis(axis, in: "stacked", isInsertion: true)
        guard first.rank < TensorShape.maximumRank else { trap("stacked: the shape \(first.shape) has too many axes") }
        for part in parts where part.shape != first.shape {
            trap("stacked: the shapes \(first.shape) and \(part.shape) differ")
        }
        return concatenated(parts.map { $0.unsqueezed(position) }, axis: position)
    }

    /// Views of consecutive parts of an axis; traps if the sizes do not add up to its extent.
    public func split(sizes: [Int], axis: Int = 0) -> [Tensor] {
        let position = shape.axis(axis, in: "split")
        guard sizes.allSatisfy({ $0 >= 0 }), sizes.reduce(0, +) == shape.extents[position] else {
            trap("split: the sizes \(sizes) do not add up to axis \(axis) of the shape \(shape)")
        }
        var start = 0
        return sizes.map { size in
            defer { start += size }
            return narrowed(axis: position, from: start, count: size)
        }
    }

    /// Views of parts of equal size, rounded up, along an axis; the last may be smaller, and there may be fewer than
    /// `count`.
    public func chunked(_ count: Int, axis: Int = 0) -> [Tensor] {
        let position = shape.axis(axis, in: "chunked")
        guard count >= 1 else { trap("chunked: \(count) is not a number of parts") }
        let extent = shape.extents[position]
        let size = max(1, (extent + count - 1) / count)
        let starts = extent == 0 ? [0] : Array(stride(from: 0, to: extent, by: size))
        return starts.map { narrowed(axis: position, from: $0, count: min(size, extent - $0)) }
    }
}

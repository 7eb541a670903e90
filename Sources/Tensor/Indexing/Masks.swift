extension Tensor {
    /// The tensor with `value` wherever a mask, which broadcasts to its shape, is true.
    public func maskedFilled(_ mask: Tensor<Bool>, with value: Scalar) -> Tensor {
        guard mask.layout.broadcast(to: shape) != nil else {
            trap("maskedFilled: a mask of shape \(mask.shape) does not broadcast to the shape \(shape)")
        }
        return mask.select(Tensor(value), self)
    }

    /// The elements at which a mask is true, in row-major order, after broadcasting both: `[number of true]`.
    public func maskedSelected(_ mask: Tensor<Bool>) -> Tensor {
        let common = TensorShape.broadcast(shape, mask.shape, in: "maskedSelected")
        let offsets = mask.broadcast(to: common).nonzeroOffsets()
        return broadcast(to: common).elements(at: offsets, shape: [offsets.count])
    }

    /// The coordinates of the elements that are not zero, in row-major order: `[number, rank]`.
    ///
    /// NaN is not zero.
    public func nonzero() -> Tensor<Int64> {
        let offsets = Tensor<Bool>(self).nonzeroOffsets()
        let result = Tensor<Int64>(uninitialized: [offsets.count, rank])
        let (source, target) = (offsets.pointer, result.pointer)
        let axes = rank
        let extents = shape
        for row in 0..<offsets.count {
            var rest = Int(source[row])
            var axis = axes - 1
            while axis >= 0 {
                let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: extents.extents[axis])
                target[row &* axes &+ axis] = Int64(remainder)
                rest = quotient
                axis -= 1
            }
        }
        return result
    }
}

extension Tensor where Scalar == Bool {
    /// The positions in row-major order at which the mask is true: `[number]`.
    func nonzeroOffsets() -> Tensor<Int64> {
        let flat = contiguous()
        let values = UnsafeRawPointer(flat.pointer).assumingMemoryBound(to: UInt8.self)
        var total = 0
        for position in 0..<count where values[position] != 0 { total &+= 1 }
        let result = Tensor<Int64>(uninitialized: [total])
        let target = result.pointer
        var next = 0
        for position in 0..<count where values[position] != 0 {
            target[next] = Int64(position)
            next &+= 1
        }
        return result
    }
}

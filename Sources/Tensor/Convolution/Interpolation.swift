import CKernels

/// How values between samples are found.
public enum InterpolationMode: Sendable, Hashable {
    /// The sample at `floor(i * length / newLength)`, computed exactly.
    case nearest
    /// A straight line between the two samples around a position; for planes along both axes (bilinear).
    ///
    /// With aligned corners the first and last samples of input and output coincide; without, samples are the centres of
    /// cells of equal total width, and positions outside the first and last centre take their value.
    case linear(alignsCorners: Bool)
}

extension Tensor where Scalar: FloatingTensorScalar {
    /// The tensor resampled along its last axes: `[length]` for signals or `[height, width]` for planes.
    ///
    /// - Returns: the tensor's leading axes, then `size`
    public func interpolated(to size: TensorShape, _ mode: InterpolationMode) -> Tensor {
        Tensor.requireInterpolable(shape, size, "interpolated")
        var result = self
        for axis in 0..<size.rank {
            let table = InterpolationTable(from: shape[axis - size.rank], to: size[axis], mode)
            result = table.applied(to: result, axis: rank - size.rank + axis)
        }
        return result
    }

    /// The gradient of interpolation with respect to the tensor of shape `inputShape`.
    ///
    /// - Parameters:
    ///   - cotangent: the gradient with respect to the resampled tensor, in its shape
    ///   - inputShape: the shape of the tensor before it was resampled
    ///   - size: the new extents of its last axes
    ///   - mode: how values between samples were found
    public static func interpolationGradient(
        _ cotangent: Tensor, inputShape: TensorShape, to size: TensorShape, _ mode: InterpolationMode
    ) -> Tensor {
        requireInterpolable(inputShape, size, "interpolationGradient")
        var wanted = inputShape
        for axis in 0..<size.rank { wanted[axis - size.rank] = size[axis] }
        cotangent.requireShape(wanted, "interpolationGradient")
        var result = cotangent
        for axis in 0..<size.rank {
            let table = InterpolationTable(from: inputShape[axis - size.rank], to: size[axis], mode)
            result = table.transposeApplied(to: result, axis: inputShape.rank - size.rank + axis)
        }
        return result
    }

    private static func requireInterpolable(_ shape: TensorShape, _ size: TensorShape, _ operation: StaticString) {
        guard size.rank == 1 || size.rank == 2, shape.rank > size.rank else {
            trap("\(operation): cannot resample the last axes of the shape \(shape) to \(size)")
        }
        for axis in 0..<size.rank where size[axis] < 1 || shape[axis - size.rank] < 1 {
            trap("\(operation): cannot resample the last axes of the shape \(shape) to \(size)")
        }
    }
}

/// Which two samples of an axis each new sample lies between, and how far from the first.
private struct InterpolationTable {
    let inputLength: Int
    let low: [Int32]
    let high: [Int32]
    let weight: [Double]

    init(from length: Int, to newLength: Int, _ mode: InterpolationMode) {
        inputLength = length
        var low: [Int32] = []
        var high: [Int32] = []
        var weight: [Double] = []
        for index in 0..<newLength {
            var first: Int
            var fraction = 0.0
            switch mode {
            case .nearest:
                first = index * length / newLength
            case .linear(let alignsCorners):
                let position =
                    alignsCorners
                    ? newLength > 1 ? Double(index * (length - 1)) / Double(newLength - 1) : 0
                    : max((Double(index) + 0.5) * (Double(length) / Double(newLength)) - 0.5, 0)
                first = min(Int(position), length - 1)
                fraction = position - Double(first)
            }
            let second = min(first + 1, length - 1)
            low.append(Int32(first))
            high.append(Int32(second))
            weight.append(second == first ? 0 : fraction)
        }
        self.low = low
        self.high = high
        self.weight = weight
    }

    func applied<Scalar: FloatingTensorScalar>(to tensor: Tensor<Scalar>, axis: Int) -> Tensor<Scalar> {
        var shape = tensor.shape
        shape[axis] = weight.count
        let flat = tensor.contiguous()
        let result = Tensor<Scalar>(uninitialized: shape)
        let (x, y) = (flat.pointer, result.pointer)
        let kernels = Scalar.windowKernels
        forEachSlab(shape, axis) { slab, inner in
            kernels.interpolate(
                weight.count, inner, low, high, weight, x + slab * inputLength * inner, y + slab * weight.count * inner)
        }
        return result
    }

    func transposeApplied<Scalar: FloatingTensorScalar>(to tensor: Tensor<Scalar>, axis: Int) -> Tensor<Scalar> {
        var shape = tensor.shape
        shape[axis] = inputLength
        let flat = tensor.contiguous()
        let result = Tensor<Scalar>(zeros: shape)
        let (x, y) = (result.pointer, flat.pointer)
        let kernels = Scalar.windowKernels
        forEachSlab(shape, axis) { slab, inner in
            kernels.interpolate_gradient(
                weight.count, inner, low, high, weight, y + slab * weight.count * inner, x + slab * inputLength * inner)
        }
        return result
    }

    /// Calls `body` for all positions of the axes before `axis`, with the element count of those after it.
    private func forEachSlab(_ shape: TensorShape, _ axis: Int, _ body: (Int, Int) -> Void) {
        var outer = 1
        var inner = 1
        for position in 0..<axis { outer *= shape[position] }
        for position in axis + 1..<max(shape.rank, axis + 1) { inner *= shape[position] }
        guard inner > 0 else { return }
        let grain = max(1, Grain.elementwise / (max(inputLength, weight.count) * inner))
        Parallelism.forEachPiece(of: outer, grain: grain) { piece in
            for slab in piece { body(slab, inner) }
        }
    }
}

import CKernels

/// The largest elements of windows, and where they were.
public struct MaximumPoolingResult<Scalar: FloatingTensorScalar>: Sendable {
    /// The largest element of every window; NaN if the window has one.
    public let values: Tensor<Scalar>
    /// The position of each in its flattened signal or plane; the first one among equals. Of the values' shape.
    public let positions: Tensor<Int64>
    /// The shape of the pooled tensor.
    public let inputShape: TensorShape
    /// How many of the last axes one plane takes: 1 for signals, 2 for planes.
    let planeAxes: Int
}

extension MaximumPoolingResult {
    /// The gradient with respect to the pooled tensor: every cotangent goes to the position that won.
    ///
    /// - Parameter cotangent: the gradient with respect to the values, in their shape
    public func gradient(_ cotangent: Tensor<Scalar>) -> Tensor<Scalar> {
        cotangent.requireShape(values.shape, "MaximumPoolingResult.gradient")
        let flat = cotangent.contiguous()
        let result = Tensor<Scalar>(zeros: inputShape)
        let (x, y, at) = (result.pointer, flat.pointer, positions.pointer)
        let kernels = Scalar.windowKernels
        forEachPlane { plane, inputArea, outputArea in
            kernels.scatter_add(outputArea, at + plane * outputArea, y + plane * outputArea, x + plane * inputArea)
        }
        return result
    }

    /// The elements of another tensor of the pooled one's shape at the positions that won: the transpose of
    /// ``gradient(_:)``, in the shape of the values.
    public func elements(of tensor: Tensor<Scalar>) -> Tensor<Scalar> {
        guard tensor.shape == inputShape else {
            trap("MaximumPoolingResult.elements: the shape is \(tensor.shape), but \(inputShape) was pooled")
        }
        let flat = tensor.contiguous()
        let result = Tensor<Scalar>(uninitialized: values.shape)
        let (x, y, at) = (flat.pointer, result.pointer, positions.pointer)
        let kernels = Scalar.windowKernels
        forEachPlane { plane, inputArea, outputArea in
            kernels.gather(outputArea, at + plane * outputArea, x + plane * inputArea, y + plane * outputArea)
        }
        return result
    }

    private func forEachPlane(_ body: (_ plane: Int, _ inputArea: Int, _ outputArea: Int) -> Void) {
        var planes = 1
        for axis in 0..<inputShape.rank - planeAxes { planes *= inputShape[axis] }
        guard planes > 0 else { return }
        let (inputArea, outputArea) = (inputShape.elementCount / planes, values.count / planes)
        Parallelism.forEachPiece(of: planes, grain: max(1, Grain.elementwise / outputArea)) { piece in
            for plane in piece { body(plane, inputArea, outputArea) }
        }
    }
}

extension Tensor where Scalar: FloatingTensorScalar {
    /// The largest element of every window along the last axis.
    ///
    /// - Returns: `[..., channels, windows]` for a tensor `[..., channels, length]`
    public func maxPool1d(_ geometry: PoolingGeometry) -> MaximumPoolingResult<Scalar> {
        maximumPooled(Planes(shape, axes: 1, geometry, in: "maxPool1d"), 1)
    }

    /// The largest element of every window over the last two axes.
    ///
    /// - Returns: `[..., channels, rows, columns]` for a tensor `[..., channels, height, width]`
    public func maxPool2d(_ geometry: PoolingGeometry) -> MaximumPoolingResult<Scalar> {
        maximumPooled(Planes(shape, axes: 2, geometry, in: "maxPool2d"), 2)
    }

    private func maximumPooled(_ planes: Planes, _ axes: Int) -> MaximumPoolingResult<Scalar> {
        let flat = contiguous()
        let values = Tensor(uninitialized: planes.outputShape)
        let positions = Tensor<Int64>(uninitialized: planes.outputShape)
        let (x, y, at) = (flat.pointer, values.pointer, positions.pointer)
        let kernels = Scalar.windowKernels
        let (inputArea, outputArea) = (planes.inputArea, planes.outputArea)
        planes.forEach { plane in
            kernels.max_pool(
                planes.windows, x + plane * inputArea, y + plane * outputArea, at + plane * outputArea)
        }
        return MaximumPoolingResult(values: values, positions: positions, inputShape: shape, planeAxes: axes)
    }
}

import CKernels

// Adaptive pooling divides the last axes into a given number of bins that cover them: bin i of `bins` over an axis of
// length L is floor(i L / bins) ..< ceil((i + 1) L / bins). Neighbouring bins may overlap by one position.

extension Tensor where Scalar: FloatingTensorScalar {
    /// The means of bins that cover the last axes: `[length]` bins of signals or `[rows, columns]` bins of planes.
    ///
    /// - Returns: the tensor's leading axes, then `bins`
    public func adaptiveAveragePool(_ bins: TensorShape) -> Tensor {
        let planes = Planes(shape, bins: bins, in: "adaptiveAveragePool")
        let flat = contiguous()
        let result = Tensor(uninitialized: planes.outputShape)
        let (x, y) = (flat.pointer, result.pointer)
        let kernels = Scalar.windowKernels
        planes.forEach { plane in
            kernels.adaptive_average_pool(
                planes.windows, x + plane * planes.inputArea, y + plane * planes.outputArea)
        }
        return result
    }

    /// The gradient of adaptive average pooling.
    ///
    /// - Parameters:
    ///   - cotangent: the gradient with respect to the means, in their shape
    ///   - inputShape: the shape of the pooled tensor
    ///   - bins: the number of bins along each of the last axes
    public static func adaptiveAveragePoolGradient(
        _ cotangent: Tensor, inputShape: TensorShape, bins: TensorShape
    ) -> Tensor {
        let planes = Planes(inputShape, bins: bins, in: "adaptiveAveragePoolGradient")
        cotangent.requireShape(planes.outputShape, "adaptiveAveragePoolGradient")
        let flat = cotangent.contiguous()
        let result = Tensor(zeros: inputShape)
        let (x, y) = (result.pointer, flat.pointer)
        let kernels = Scalar.windowKernels
        planes.forEach { plane in
            kernels.adaptive_average_pool_gradient(
                planes.windows, y + plane * planes.outputArea, x + plane * planes.inputArea)
        }
        return result
    }

    /// The largest elements of bins that cover the last axes, and where they were: `[length]` bins of signals or
    /// `[rows, columns]` bins of planes.
    public func adaptiveMaxPool(_ bins: TensorShape) -> MaximumPoolingResult<Scalar> {
        let planes = Planes(shape, bins: bins, in: "adaptiveMaxPool")
        let flat = contiguous()
        let values = Tensor(uninitialized: planes.outputShape)
        let positions = Tensor<Int64>(uninitialized: planes.outputShape)
        let (x, y, at) = (flat.pointer, values.pointer, positions.pointer)
        let kernels = Scalar.windowKernels
        planes.forEach { plane in
            kernels.adaptive_max_pool(
                planes.windows, x + plane * planes.inputArea, y + plane * planes.outputArea,
                at + plane * planes.outputArea)
        }
        return MaximumPoolingResult(
            values: values, positions: positions, inputShape: shape, planeAxes: bins.rank)
    }
}

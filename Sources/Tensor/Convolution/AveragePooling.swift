import CKernels

extension Tensor where Scalar: FloatingTensorScalar {
    /// The mean of every window along the last axis.
    ///
    /// - Parameters:
    ///   - geometry: the size, stride and padding of the windows.
    ///   - countsPadding: whether positions in the padding count as zeros, or not at all.
    /// - Returns: `[..., channels, windows]` for a tensor `[..., channels, length]`
    public func averagePool1d(_ geometry: PoolingGeometry, countsPadding: Bool = true) -> Tensor {
        averagePooled(1, geometry, countsPadding, "averagePool1d")
    }

    /// The mean of every window over the last two axes.
    ///
    /// - Parameters:
    ///   - geometry: the size, stride and padding of the windows.
    ///   - countsPadding: whether positions in the padding count as zeros, or not at all.
    /// - Returns: `[..., channels, rows, columns]` for a tensor `[..., channels, height, width]`
    public func averagePool2d(_ geometry: PoolingGeometry, countsPadding: Bool = true) -> Tensor {
        averagePooled(2, geometry, countsPadding, "averagePool2d")
    }

    private func averagePooled(
        _ axes: Int, _ geometry: PoolingGeometry, _ countsPadding: Bool, _ operation: StaticString
    ) -> Tensor {
        geometry.requireNoDilation(operation)
        let planes = Planes(shape, axes: axes, geometry, in: operation)
        let flat = contiguous()
        let result = Tensor(uninitialized: planes.outputShape)
        let (x, y) = (flat.pointer, result.pointer)
        let kernels = Scalar.windowKernels
        planes.forEach { plane in
            kernels.average_pool(
                planes.windows, countsPadding ? 1 : 0, x + plane * planes.inputArea, y + plane * planes.outputArea)
        }
        return result
    }

    /// The gradient of average pooling along the last axis.
    ///
    /// - Parameters:
    ///   - cotangent: the gradient with respect to the means, in their shape
    ///   - inputShape: the shape of the pooled tensor
    ///   - geometry: the size, stride and padding of the windows, as in pooling
    ///   - countsPadding: as in pooling
    public static func averagePool1dGradient(
        _ cotangent: Tensor, inputShape: TensorShape, _ geometry: PoolingGeometry, countsPadding: Bool = true
    ) -> Tensor {
        averagePoolingGradient(cotangent, 1, inputShape, geometry, countsPadding, "averagePool1dGradient")
    }

    /// The gradient of average pooling over the last two axes.
    ///
    /// - Parameters:
    ///   - cotangent: the gradient with respect to the means, in their shape
    ///   - inputShape: the shape of the pooled tensor
    ///   - geometry: the size, stride and padding of the windows, as in pooling
    ///   - countsPadding: as in pooling
    public static func averagePool2dGradient(
        _ cotangent: Tensor, inputShape: TensorShape, _ geometry: PoolingGeometry, countsPadding: Bool = true
    ) -> Tensor {
        averagePoolingGradient(cotangent, 2, inputShape, geometry, countsPadding, "averagePool2dGradient")
    }

    private static func averagePoolingGradient(
        _ cotangent: Tensor, _ axes: Int, _ inputShape: TensorShape, _ geometry: PoolingGeometry,
        _ countsPadding: Bool, _ operation: StaticString
    ) -> Tensor {
        geometry.requireNoDilation(operation)
        let planes = Planes(inputShape, axes: axes, geometry, in: operation)
        cotangent.requireShape(planes.outputShape, operation)
        let flat = cotangent.contiguous()
        let result = Tensor(zeros: inputShape)
        let (x, y) = (result.pointer, flat.pointer)
        let kernels = Scalar.windowKernels
        planes.forEach { plane in
            kernels.average_pool_gradient(
                planes.windows, countsPadding ? 1 : 0, y + plane * planes.outputArea, x + plane * planes.inputArea)
        }
        return result
    }
}

extension PoolingGeometry {
    fileprivate func requireNoDilation(_ operation: StaticString) {
        if vertical.dilation != 1 || horizontal.dilation != 1 {
            trap("\(operation): average pooling has no dilation, but the geometry has one")
        }
    }
}

import Tensor

extension Variable {
    /// The largest element of every window along the last axis; see `Tensor.maxPool1d(_:)`.
    ///
    /// ∂x: G added at the positions that won, the first one among equals.
    public func maxPool1d(_ geometry: PoolingGeometry) -> Variable { pooled("maxPool1d", value.maxPool1d(geometry)) }

    /// The largest element of every window over the last two axes; see `Tensor.maxPool2d(_:)`.
    ///
    /// ∂x: G added at the positions that won, the first one among equals.
    public func maxPool2d(_ geometry: PoolingGeometry) -> Variable { pooled("maxPool2d", value.maxPool2d(geometry)) }

    /// The largest elements of bins that cover the last axes; see `Tensor.adaptiveMaxPool(_:)`.
    ///
    /// ∂x: G added at the positions that won, the first one among equals.
    public func adaptiveMaxPool(_ bins: TensorShape) -> Variable {
        pooled("adaptiveMaxPool", value.adaptiveMaxPool(bins))
    }

    private func pooled(_ name: StaticString, _ result: MaximumPoolingResult<Scalar>) -> Variable {
        mapped(name, result.values, by: { result.elements(of: $0) }, adjoint: { result.gradient($0) })
    }

    /// The mean of every window along the last axis; see `Tensor.averagePool1d(_:countsPadding:)`.
    ///
    /// ∂x: each element gets its share of the windows it is in.
    public func averagePool1d(_ geometry: PoolingGeometry, countsPadding: Bool = true) -> Variable {
        let shape = self.shape
        return mapped(
            "averagePool1d", by: { $0.averagePool1d(geometry, countsPadding: countsPadding) },
            adjoint: {
                Tensor.averagePool1dGradient($0, inputShape: shape, geometry, countsPadding: countsPadding)
            })
    }

    /// The mean of every window over the last two axes; see `Tensor.averagePool2d(_:countsPadding:)`.
    ///
    /// ∂x: each element gets its share of the windows it is in.
    public func averagePool2d(_ geometry: PoolingGeometry, countsPadding: Bool = true) -> Variable {
        let shape = self.shape
        return mapped(
            "averagePool2d", by: { $0.averagePool2d(geometry, countsPadding: countsPadding) },
            adjoint: {
                Tensor.averagePool2dGradient($0, inputShape: shape, geometry, countsPadding: countsPadding)
            })
    }

    /// The means of bins that cover the last axes; see `Tensor.adaptiveAveragePool(_:)`.
    ///
    /// ∂x: each element gets its share of the bins it is in.
    public func adaptiveAveragePool(_ bins: TensorShape) -> Variable {
        let shape = self.shape
        return mapped(
            "adaptiveAveragePool", by: { $0.adaptiveAveragePool(bins) },
            adjoint: { Tensor.adaptiveAveragePoolGradient($0, inputShape: shape, bins: bins) })
    }
}

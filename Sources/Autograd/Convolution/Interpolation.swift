import Tensor

extension Variable {
    /// The variable resampled along its last axes, `[length]` or `[height, width]`; see
    /// `Tensor.interpolated(to:_:)`. ∂x: each element gets G times its weights.
    public func interpolated(to size: TensorShape, _ mode: InterpolationMode) -> Variable {
        let shape = self.shape
        return mapped(
            "interpolated", by: { $0.interpolated(to: size, mode) },
            adjoint: { Tensor.interpolationGradient($0, inputShape: shape, to: size, mode) })
    }
}

import Tensor

extension Variable {
    /// The covariances of variables in rows, `[..., variables, observations]`: `[..., variables, variables]`; see
    /// `Tensor.covariance(correction:)`.
    public func covariance(correction: Int = 1) -> Variable {
        requireMatrices(shape, "covariance")
        let centred = self - mean(axis: -1, keepDimensions: true)
        return centred.matmul(centred.transposed()) / Scalar(max(shape[-1] - correction, 0))
    }

    /// The correlation coefficients of variables in rows, `[..., variables, observations]`:
    /// `[..., variables, variables]`, limited to -1...1. NaN for a variable that does not vary.
    public func correlation() -> Variable {
        let covariance = covariance()
        let deviations = covariance.diagonal().sqrt()
        return (covariance / deviations.unsqueezed(-1) / deviations.unsqueezed(-2)).clamped(to: -1...1)
    }
}

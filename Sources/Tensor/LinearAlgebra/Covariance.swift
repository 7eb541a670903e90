extension Tensor where Scalar: FloatingTensorScalar {
    /// The covariances of variables in rows, `[..., variables, observations]`: `[..., variables, variables]`.
    ///
    /// - Parameter correction: what to subtract from the number of observations before dividing by it: 1 for an unbiased
    ///   estimate. NaN if nothing is left to divide by.
    public func covariance(correction: Int = 1) -> Tensor {
        guard rank >= 2 else { trap("covariance: the shape \(shape) has no axes for variables and observations") }
        let observations = shape[-1]
        let centred = self - mean(axis: -1, keepDimensions: true)
        let products = centred.matmul(centred.transposed())
        let divisor = max(observations - correction, 0)
        return products / Scalar(divisor)
    }

    /// The correlation coefficients of variables in rows, `[..., variables, observations]`: `[..., variables, variables]`,
    /// limited to -1...1. NaN for a variable that does not vary.
    public func correlation() -> Tensor {
        let covariance = covariance()
        let deviations = covariance.diagonal().contiguous().sqrt()
        let scaled = covariance / deviations.unsqueezed(-1) / deviations.unsqueezed(-2)
        return scaled.clamped(to: -1...1)
    }
}

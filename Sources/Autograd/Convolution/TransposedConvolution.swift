import Tensor

extension Variable {
    /// The transposed convolution of signals: every input element adds a scaled kernel to the output; see
    /// `Tensor.convTranspose1d(_:bias:outputPadding:_:)`.
    ///
    /// ∂x: the convolution of G with the weight. ∂weight: a convolution's weight gradient with G as input and x as
    /// cotangent. ∂bias: the sum of G.
    ///
    /// - Parameters:
    ///   - weight: `[in, out / groups, kernel]`
    ///   - bias: `[out]`, or nil for none
    ///   - outputPadding: zeros appended to the output's length
    ///   - geometry: stride, padding, dilation and groups
    public func convTranspose1d(
        _ weight: Variable, bias: Variable? = nil, outputPadding: OutputPadding = 0,
        _ geometry: ConvolutionGeometry = ConvolutionGeometry()
    ) -> Variable {
        let result = value.convTranspose1d(weight.value, bias: bias?.value, outputPadding: outputPadding, geometry)
        return transposedConvolution("convTranspose1d", result, weight, bias, geometry)
    }

    /// The transposed convolution of planes; see `Tensor.convTranspose2d(_:bias:outputPadding:_:)`. Derivatives
    /// as of ``convTranspose1d(_:bias:outputPadding:_:)``.
    ///
    /// - Parameters:
    ///   - weight: `[in, out / groups, kernel height, kernel width]`
    ///   - bias: `[out]`, or nil for none
    ///   - outputPadding: zeros appended to the output's height and width
    ///   - geometry: stride, padding, dilation and groups
    public func convTranspose2d(
        _ weight: Variable, bias: Variable? = nil, outputPadding: OutputPadding = 0,
        _ geometry: ConvolutionGeometry = ConvolutionGeometry()
    ) -> Variable {
        let result = value.convTranspose2d(weight.value, bias: bias?.value, outputPadding: outputPadding, geometry)
        return transposedConvolution("convTranspose2d", result, weight, bias, geometry)
    }

    private func transposedConvolution(
        _ name: StaticString, _ result: Tensor<Scalar>, _ weight: Variable, _ bias: Variable?,
        _ geometry: ConvolutionGeometry
    ) -> Variable {
        let weightShape = weight.shape
        let (savedInput, savedWeight) = (weight.isTracked ? self : nil, isTracked ? weight : nil)
        return Variable.recorded(name, result, from: [self, weight] + (bias.map { [$0] } ?? [])) { gradient, pass in
            if let savedWeight { pass.send(to: 0) { gradient.convolution(pass[savedWeight], geometry) } }
            if let savedInput {
                pass.send(to: 1) { pass[savedInput].convolutionWeightGradient(gradient, weightShape, geometry) }
            }
            pass.sendBias(gradient, ifPresent: bias)
        }
    }
}

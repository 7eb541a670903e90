import Tensor

// A convolution is bilinear in input and weight: ⟨y, conv(x, w)⟩ = ⟨inputGradient(y, w), x⟩ = ⟨weightGradient(y, x), w⟩.
// So the derivatives of each of the three maps are the other two, and all can be differentiated any number of times.

extension Variable {
    /// The convolution of signals with kernels; see `Tensor.conv1d(_:bias:_:)`.
    ///
    /// ∂x: the transposed convolution of G with the weight. ∂weight: the correlation of x with G. ∂bias: the sum of G.
    ///
    /// - Parameters:
    ///   - weight: `[out, in / groups, kernel]`
    ///   - bias: `[out]`, or nil for none
    ///   - geometry: stride, padding, dilation and groups
    /// - Returns: `[batch, out, length]` for an input `[batch, in, length]`
    public func conv1d(
        _ weight: Variable, bias: Variable? = nil, _ geometry: ConvolutionGeometry = ConvolutionGeometry()
    ) -> Variable {
        let result = value.conv1d(weight.value, bias: bias?.value, geometry)
        return convolved("conv1d", result, weight, bias, geometry)
    }

    /// The convolution of planes with kernels; see `Tensor.conv2d(_:bias:_:)`. Derivatives as of
    /// ``conv1d(_:bias:_:)``.
    ///
    /// - Parameters:
    ///   - weight: `[out, in / groups, kernel height, kernel width]`
    ///   - bias: `[out]`, or nil for none
    ///   - geometry: stride, padding, dilation and groups
    /// - Returns: `[batch, out, height, width]` for an input `[batch, in, height, width]`
    public func conv2d(
        _ weight: Variable, bias: Variable? = nil, _ geometry: ConvolutionGeometry = ConvolutionGeometry()
    ) -> Variable {
        let result = value.conv2d(weight.value, bias: bias?.value, geometry)
        return convolved("conv2d", result, weight, bias, geometry)
    }

    private func convolved(
        _ name: StaticString, _ result: Tensor<Scalar>, _ weight: Variable, _ bias: Variable?,
        _ geometry: ConvolutionGeometry
    ) -> Variable {
        let (inputShape, weightShape) = (shape, weight.shape)
        // An operand is saved only for the other one's gradient.
        let (savedInput, savedWeight) = (weight.isTracked ? self : nil, isTracked ? weight : nil)
        return Variable.recorded(name, result, from: [self, weight] + (bias.map { [$0] } ?? [])) { gradient, pass in
            if let savedWeight {
                pass.send(to: 0) { gradient.convolutionInputGradient(pass[savedWeight], inputShape, geometry) }
            }
            if let savedInput {
                pass.send(to: 1) { gradient.convolutionWeightGradient(pass[savedInput], weightShape, geometry) }
            }
            pass.sendBias(gradient, ifPresent: bias)
        }
    }

    /// The same convolution without bias, for a signal or a plane.
    func convolution(_ weight: Variable, _ geometry: ConvolutionGeometry) -> Variable {
        rank == 4 ? conv2d(weight, geometry) : conv1d(weight, geometry)
    }

    /// The gradient of a convolution with respect to its input. ∂y: the convolution of G with the weight. ∂weight: the
    /// weight gradient of y with G as input.
    private func convolutionInputGradient(
        _ weight: Variable, _ inputShape: TensorShape, _ geometry: ConvolutionGeometry
    ) -> Variable {
        let result = Tensor.convolutionInputGradient(
            value, weight: weight.value, inputShape: inputShape, geometry)
        return Variable.record("convolutionInputGradient", result, from: self, weight) { gradient, pass in
            pass.send(to: 0) { gradient.convolution(pass[weight], geometry) }
            pass.send(to: 1) { pass[self].convolutionWeightGradient(gradient, weight.shape, geometry) }
        }
    }

    /// The gradient of a convolution with respect to its weight. ∂y: the convolution of the input with G. ∂input: the
    /// input gradient of y with G as weight.
    func convolutionWeightGradient(
        _ input: Variable, _ weightShape: TensorShape, _ geometry: ConvolutionGeometry
    ) -> Variable {
        let result = Tensor.convolutionWeightGradient(
            value, input: input.value, weightShape: weightShape, geometry)
        return Variable.record("convolutionWeightGradient", result, from: self, input) { gradient, pass in
            pass.send(to: 0) { pass[input].convolution(gradient, geometry) }
            pass.send(to: 1) { pass[self].convolutionInputGradient(gradient, input.shape, geometry) }
        }
    }
}

extension BackwardPass {
    /// Sends the gradient `[batch, channels, ...]` of a convolution to its bias, operand 2.
    func sendBias(_ gradient: Variable<Scalar>, ifPresent bias: Variable<Scalar>?) {
        if bias == nil { return }
        send(to: 2) {
            if !recordsGradient { return Variable(Tensor.convolutionBiasGradient(gradient.value)) }
            return gradient.sum(axes: [0] + Array(2..<gradient.rank))
        }
    }
}

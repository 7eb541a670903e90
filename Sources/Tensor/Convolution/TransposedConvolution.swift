/// The zeros that a transposed convolution appends to its output, which a convolution with stride cannot tell apart.
public struct OutputPadding: Sendable, Hashable, ExpressibleByIntegerLiteral {
    /// Rows below a plane.
    public var vertical: Int
    /// Columns to the right of a plane, or positions after a signal.
    public var horizontal: Int

    /// Creates a padding of each axis.
    public init(vertical: Int, horizontal: Int) {
        self.vertical = vertical
        self.horizontal = horizontal
    }

    /// Creates the same padding for both axes.
    public init(integerLiteral value: Int) {
        self.init(vertical: value, horizontal: value)
    }
}

// A transposed convolution is the gradient of a convolution with respect to its input; its own gradients are therefore
// a convolution and a convolution's weight gradient with input and cotangent exchanged.

extension Tensor where Scalar: FloatingTensorScalar {
    /// The transposed convolution of signals: every input element adds a scaled kernel to the output.
    ///
    /// - Parameters:
    ///   - weight: `[in, out / groups, kernel]`
    ///   - bias: `[out]`, or nil for none
    ///   - outputPadding: zeros appended to the output's length
    ///   - geometry: stride, padding, dilation and groups
    /// - Returns: `[batch, out, (length - 1) stride - padding + dilation (kernel - 1) + outputPadding + 1]`
    public func convTranspose1d(
        _ weight: Tensor, bias: Tensor? = nil, outputPadding: OutputPadding = 0,
        _ geometry: ConvolutionGeometry = ConvolutionGeometry()
    ) -> Tensor {
        requireRank(3, "convTranspose1d")
        return transposedConvolution(weight, bias, outputPadding, geometry, "convTranspose1d")
    }

    /// The transposed convolution of planes: every input element adds a scaled kernel to the output.
    ///
    /// - Parameters:
    ///   - weight: `[in, out / groups, kernel height, kernel width]`
    ///   - bias: `[out]`, or nil for none
    ///   - outputPadding: zeros appended to the output's height and width
    ///   - geometry: stride, padding, dilation and groups
    /// - Returns: `[batch, out, height, width]` with each length
    ///   `(length - 1) stride - padding + dilation (kernel - 1) + outputPadding + 1`
    public func convTranspose2d(
        _ weight: Tensor, bias: Tensor? = nil, outputPadding: OutputPadding = 0,
        _ geometry: ConvolutionGeometry = ConvolutionGeometry()
    ) -> Tensor {
        requireRank(4, "convTranspose2d")
        return transposedConvolution(weight, bias, outputPadding, geometry, "convTranspose2d")
    }

    private func transposedConvolution(
        _ weight: Tensor, _ bias: Tensor?, _ outputPadding: OutputPadding, _ geometry: ConvolutionGeometry,
        _ operation: StaticString
    ) -> Tensor {
        guard weight.rank == rank, weight.shape[0] == shape[1], shape[1] % geometry.groups == 0 else {
            trap(
                """
                \(operation): with \(geometry.groups) groups an input of shape \(shape) needs a weight \
                [\(shape[1]), out / groups, ...], not \(weight.shape)
                """)
        }
        var target: TensorShape = [shape[0], weight.shape[1] * geometry.groups]
        if rank == 4 {
            target.append(
                geometry.vertical.transposedOutputLength(
                    shape[2], kernel: weight.shape[2], outputPadding: outputPadding.vertical, in: operation))
        }
        target.append(
            geometry.horizontal.transposedOutputLength(
                shape[-1], kernel: weight.shape[-1], outputPadding: outputPadding.horizontal, in: operation))
        let result = Tensor.initialOutput(target, bias, operation)
        let plan = ConvolutionPlan(input: target, weight: weight.shape, geometry, in: operation)
        plan.correlateInput(contiguous(), weight.contiguous(), into: result)
        return result
    }

    /// The gradient of a transposed convolution with respect to its input: a convolution of the cotangent.
    ///
    /// - Parameters:
    ///   - cotangent: the gradient with respect to the output, in the output's shape
    ///   - weight: `[in, out / groups, kernel...]`
    ///   - geometry: stride, padding, dilation and groups of the transposed convolution
    public static func transposedConvolutionInputGradient(
        _ cotangent: Tensor, weight: Tensor, _ geometry: ConvolutionGeometry
    ) -> Tensor {
        cotangent.rank == 4
            ? cotangent.conv2d(weight, geometry) : cotangent.conv1d(weight, geometry)
    }

    /// The gradient of a transposed convolution with respect to its weight.
    ///
    /// - Parameters:
    ///   - cotangent: the gradient with respect to the output, in the output's shape
    ///   - input: `[batch, in, length]` or `[batch, in, height, width]`
    ///   - weightShape: `[in, out / groups, kernel...]`
    ///   - geometry: stride, padding, dilation and groups of the transposed convolution
    public static func transposedConvolutionWeightGradient(
        _ cotangent: Tensor, input: Tensor, weightShape: TensorShape, _ geometry: ConvolutionGeometry
    ) -> Tensor {
        convolutionWeightGradient(input, input: cotangent, weightShape: weightShape, geometry)
    }
}

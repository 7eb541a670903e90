import Autograd
import Tensor

/// The transposed convolution of signals `[batch, in, length]`, which lengthens them by the stride.
public struct ConvTranspose1d<Scalar: FloatingTensorScalar>: Layer {
    /// `[in, out / groups, kernel]`.
    public var weight: Variable<Scalar>

    /// `[out]`, or nil.
    public var bias: Variable<Scalar>?

    /// How the kernel moves over the output.
    public var geometry: ConvolutionGeometry

    /// Zeros appended to the output's length.
    public var outputPadding: OutputPadding

    /// Creates a layer from given parameters: a weight `[in, out / groups, kernel]` and a bias `[out]`.
    public init(
        weight: Variable<Scalar>, bias: Variable<Scalar>? = nil, outputPadding: OutputPadding = 0,
        _ geometry: ConvolutionGeometry = ConvolutionGeometry()
    ) {
        self.weight = weight
        self.bias = bias
        self.outputPadding = outputPadding
        self.geometry = geometry
    }

    /// Creates a layer with drawn weights; the bias is uniform in ±1/√fan-in, as PyTorch's.
    public init(
        _ inputs: Int, _ outputs: Int, kernel: Int, outputPadding: OutputPadding = 0,
        _ geometry: ConvolutionGeometry = ConvolutionGeometry(), hasBias: Bool = true,
        initializer: Initializer = .standard, key: RandomKey
    ) {
        requireDivisible("ConvTranspose1d", inputs, outputs, geometry.groups)
        self.geometry = geometry
        self.outputPadding = outputPadding
        (weight, bias) = convolutionParameters(
            [inputs, outputs / geometry.groups, kernel], biases: hasBias ? outputs : nil, initializer, key)
    }

    /// `[batch, in, length]` to `[batch, out, new length]`.
    public func callAsFunction(_ x: Variable<Scalar>) -> Variable<Scalar> {
        x.convTranspose1d(weight, bias: bias, outputPadding: outputPadding, geometry)
    }

    /// Visits `weight` and `bias`.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {
        visitor.visit("weight", &weight)
        visitor.visit("bias", &bias)
    }
}

/// The transposed convolution of planes `[batch, in, height, width]`, which enlarges them by the stride.
public struct ConvTranspose2d<Scalar: FloatingTensorScalar>: Layer {
    /// `[in, out / groups, kernel height, kernel width]`.
    public var weight: Variable<Scalar>

    /// `[out]`, or nil.
    public var bias: Variable<Scalar>?

    /// How the kernel moves over the output.
    public var geometry: ConvolutionGeometry

    /// Zeros appended to the output's height and width.
    public var outputPadding: OutputPadding

    /// Creates a layer from given parameters: a weight `[in, out / groups, kernel height, kernel width]` and a bias
    /// `[out]`.
    public init(
        weight: Variable<Scalar>, bias: Variable<Scalar>? = nil, outputPadding: OutputPadding = 0,
        _ geometry: ConvolutionGeometry = ConvolutionGeometry()
    ) {
        self.weight = weight
        self.bias = bias
        self.outputPadding = outputPadding
        self.geometry = geometry
    }

    /// Creates a layer with drawn weights; the bias is uniform in ±1/√fan-in, as PyTorch's.
    ///
    /// - Parameters:
    ///   - inputs: the number of input channels
    ///   - outputs: the number of output channels
    ///   - kernel: its height and width
    ///   - outputPadding: zeros appended to the output's height and width
    ///   - geometry: stride, padding, dilation and groups
    ///   - hasBias: whether each output channel has a bias
    ///   - initializer: the distribution of the first weights
    ///   - key: where the random numbers come from
    public init(
        _ inputs: Int, _ outputs: Int, kernel: (Int, Int), outputPadding: OutputPadding = 0,
        _ geometry: ConvolutionGeometry = ConvolutionGeometry(), hasBias: Bool = true,
        initializer: Initializer = .standard, key: RandomKey
    ) {
        requireDivisible("ConvTranspose2d", inputs, outputs, geometry.groups)
        self.geometry = geometry
        self.outputPadding = outputPadding
        (weight, bias) = convolutionParameters(
            [inputs, outputs / geometry.groups, kernel.0, kernel.1], biases: hasBias ? outputs : nil, initializer, key)
    }

    /// `[batch, in, height, width]` to `[batch, out, new height, new width]`.
    public func callAsFunction(_ x: Variable<Scalar>) -> Variable<Scalar> {
        x.convTranspose2d(weight, bias: bias, outputPadding: outputPadding, geometry)
    }

    /// Visits `weight` and `bias`.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {
        visitor.visit("weight", &weight)
        visitor.visit("bias", &bias)
    }
}

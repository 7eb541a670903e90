import Autograd
import Tensor

/// The convolution of signals `[batch, in, length]`.
///
/// ```swift
/// let layer = Conv1d<Float>(12, 32, kernel: 5, ConvolutionGeometry(stride: 2, padding: 2), key: key)
/// layer(ecg).shape      // [batch, 32, ceil(length / 2)]
/// ```
public struct Conv1d<Scalar: FloatingTensorScalar>: Layer {
    /// `[out, in / groups, kernel]`.
    public var weight: Variable<Scalar>

    /// `[out]`, or nil.
    public var bias: Variable<Scalar>?

    /// How the kernel moves.
    public var geometry: ConvolutionGeometry

    /// Creates a layer from given parameters: a weight `[out, in / groups, kernel]` and a bias `[out]`.
    public init(
        weight: Variable<Scalar>, bias: Variable<Scalar>? = nil,
        _ geometry: ConvolutionGeometry = ConvolutionGeometry()
    ) {
        self.weight = weight
        self.bias = bias
        self.geometry = geometry
    }

    /// Creates a layer with drawn weights; the bias is uniform in ±1/√fan-in, as PyTorch's.
    public init(
        _ inputs: Int, _ outputs: Int, kernel: Int, _ geometry: ConvolutionGeometry = ConvolutionGeometry(),
        hasBias: Bool = true, initializer: Initializer = .standard, key: RandomKey
    ) {
        requireDivisible("Conv1d", inputs, outputs, geometry.groups)
        self.geometry = geometry
        (weight, bias) = convolutionParameters(
            [outputs, inputs / geometry.groups, kernel], biases: hasBias ? outputs : nil, initializer, key)
    }

    /// `[batch, in, length]` to `[batch, out, new length]`.
    public func callAsFunction(_ x: Variable<Scalar>) -> Variable<Scalar> {
        x.conv1d(weight, bias: bias, geometry)
    }

    /// Visits `weight` and `bias`.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {
        visitor.visit("weight", &weight)
        visitor.visit("bias", &bias)
    }
}

/// The convolution of planes `[batch, in, height, width]`.
public struct Conv2d<Scalar: FloatingTensorScalar>: Layer {
    /// `[out, in / groups, kernel height, kernel width]`.
    public var weight: Variable<Scalar>

    /// `[out]`, or nil.
    public var bias: Variable<Scalar>?

    /// How the kernel moves.
    public var geometry: ConvolutionGeometry

    /// Creates a layer from given parameters: a weight `[out, in / groups, kernel height, kernel width]` and a bias
    /// `[out]`.
    public init(
        weight: Variable<Scalar>, bias: Variable<Scalar>? = nil,
        _ geometry: ConvolutionGeometry = ConvolutionGeometry()
    ) {
        self.weight = weight
        self.bias = bias
        self.geometry = geometry
    }

    /// Creates a layer with drawn weights; the bias is uniform in ±1/√fan-in, as PyTorch's.
    ///
    /// - Parameters:
    ///   - inputs: the number of input channels
    ///   - outputs: the number of output channels
    ///   - kernel: its height and width
    ///   - geometry: stride, padding, dilation and groups
    ///   - hasBias: whether each output channel has a bias
    ///   - initializer: the distribution of the first weights
    ///   - key: where the random numbers come from
    public init(
        _ inputs: Int, _ outputs: Int, kernel: (Int, Int), _ geometry: ConvolutionGeometry = ConvolutionGeometry(),
        hasBias: Bool = true, initializer: Initializer = .standard, key: RandomKey
    ) {
        requireDivisible("Conv2d", inputs, outputs, geometry.groups)
        self.geometry = geometry
        (weight, bias) = convolutionParameters(
            [outputs, inputs / geometry.groups, kernel.0, kernel.1], biases: hasBias ? outputs : nil, initializer, key)
    }

    /// `[batch, in, height, width]` to `[batch, out, new height, new width]`.
    public func callAsFunction(_ x: Variable<Scalar>) -> Variable<Scalar> {
        x.conv2d(weight, bias: bias, geometry)
    }

    /// Visits `weight` and `bias`.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {
        visitor.visit("weight", &weight)
        visitor.visit("bias", &bias)
    }
}

/// A drawn weight and bias.
func convolutionParameters<Scalar: FloatingTensorScalar>(
    _ shape: TensorShape, biases: Int?, _ initializer: Initializer, _ key: RandomKey
) -> (weight: Variable<Scalar>, bias: Variable<Scalar>?) {
    let keys = key.split(2)
    let weight: Variable<Scalar> = Variable(initializer(shape, key: keys[0]))
    guard let biases else { return (weight, nil) }
    let fanIn = shape.dropFirst(1).reduce(1, *)
    let bound = 1 / Double(max(fanIn, 1)).squareRoot()
    return (weight, Variable(Initializer.uniform(bound: bound)([biases], key: keys[1])))
}

/// Traps unless the groups divide the channels on both sides.
func requireDivisible(_ layer: StaticString, _ inputs: Int, _ outputs: Int, _ groups: Int) {
    guard inputs % groups == 0, outputs % groups == 0 else {
        trap("\(layer): \(groups) groups do not divide \(inputs) input and \(outputs) output channels")
    }
}

import Tensor

/// Complex numbers as two variables of one shape.
public struct ComplexVariable<Scalar: FloatingTensorScalar>: Sendable {
    /// The real parts.
    public var real: Variable<Scalar>
    /// The imaginary parts.
    public var imaginary: Variable<Scalar>

    /// Creates complex numbers from their parts; traps if the shapes differ.
    public init(real: Variable<Scalar>, imaginary: Variable<Scalar>) {
        guard real.shape == imaginary.shape else {
            trap("ComplexVariable: the real parts have the shape \(real.shape), the imaginary parts \(imaginary.shape)")
        }
        self.real = real
        self.imaginary = imaginary
    }

    /// The extents of the axes.
    public var shape: TensorShape { real.shape }

    /// The data.
    public var value: ComplexTensor<Scalar> { ComplexTensor(real: real.value, imaginary: imaginary.value) }

    /// The squared magnitudes, `re² + im²`.
    public var power: Variable<Scalar> { real.squared() + imaginary.squared() }

    /// The magnitudes, without overflow; the gradient of one that is 0 is NaN.
    public var magnitude: Variable<Scalar> { real.hypot(imaginary) }
}

extension Variable {
    /// The discrete Fourier transform of real numbers along an axis at the frequencies `0...n / 2`; see
    /// `Tensor.rfft(axis:count:normalization:)`.
    ///
    /// ∂x: the real part of the unnormalised inverse transform of G, in which no frequency counts twice.
    public func rfft(
        axis: Int = -1, count: Int? = nil, normalization: FourierNormalization = .backward
    ) -> ComplexVariable<Scalar> {
        let position = axis < 0 ? axis + rank : axis
        let resized = resized(axis: position, to: count)
        let transform = RealTransform<Scalar>(
            axis: position, count: resized.shape[position], normalization: normalization)
        // One node for both parts, side by side on a new first axis, so that one inverse transform is the gradient.
        let parts = resized.mapped("rfft", by: { transform.forward($0) }, adjoint: { transform.forwardAdjoint($0) })
        return ComplexVariable(real: parts.selected(axis: 0, at: 0), imaginary: parts.selected(axis: 0, at: 1))
    }

    /// The power of real signals at each frequency; see `Tensor.powerSpectrum(axis:count:isOneSided:)`.
    public func powerSpectrum(axis: Int = -1, count: Int? = nil, isOneSided: Bool = false) -> Variable {
        let power = rfft(axis: axis, count: count).power
        guard isOneSided else { return power }
        let transform = RealTransform<Scalar>(
            axis: axis < 0 ? axis + rank : axis, count: count ?? shape[axis], normalization: .backward)
        return power * Variable(transform.multiplicities(rank: rank))
    }

    /// An axis cut, or padded with zeros at its end, to an extent.
    fileprivate func resized(axis: Int, to count: Int?) -> Variable {
        guard let count, count != shape[axis] else { return self }
        if count < shape[axis] { return narrowed(axis: axis, from: 0, count: max(count, 0)) }
        var amounts: [Int] = []
        for other in (0..<rank).reversed() { amounts += [0, other == axis ? count - shape[axis] : 0] }
        return padded(amounts)
    }
}

extension ComplexVariable {
    /// The real numbers whose ``Variable/rfft(axis:count:normalization:)`` this is; see
    /// `ComplexTensor.irfft(axis:count:normalization:)`.
    ///
    /// ∂: the transform of G; frequencies other than the first and the middle one count twice.
    public func irfft(
        axis: Int = -1, count: Int? = nil, normalization: FourierNormalization = .backward
    ) -> Variable<Scalar> {
        let position = axis < 0 ? axis + shape.rank : axis
        let count = count ?? 2 * (shape[position] - 1)
        guard count >= 1 else { trap("irfft: the transform's length is \(count), but must be at least 1") }
        let transform = RealTransform<Scalar>(axis: position, count: count, normalization: normalization)
        let bins = count / 2 + 1
        let parts = Variable.stacked([real, imaginary]).resized(axis: position + 1, to: bins)
        return parts.mapped("irfft", by: { transform.inverse($0) }, adjoint: { transform.inverseAdjoint($0) })
    }
}

/// The real Fourier transform of one axis and its inverse as maps between real tensors, with their adjoints. Complex
/// tensors have real and imaginary parts on a first axis of extent 2.
private struct RealTransform<Scalar: FloatingTensorScalar>: Sendable {
    /// The transformed axis of the real tensor, not negative.
    let axis: Int
    /// The length n.
    let count: Int
    let normalization: FourierNormalization

    func forward(_ x: Tensor<Scalar>) -> Tensor<Scalar> { transformed(x, normalization) }

    func inverse(_ parts: Tensor<Scalar>) -> Tensor<Scalar> { inverted(parts, normalization) }

    /// x_t = Σ_k Re(Z_k exp(2πi k t / n)): what the inverse computes if it counts nothing twice.
    func forwardAdjoint(_ parts: Tensor<Scalar>) -> Tensor<Scalar> {
        inverted(parts / multiplicities(rank: parts.rank - 1), exchanged)
    }

    func inverseAdjoint(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        transformed(x, exchanged) * multiplicities(rank: x.rank)
    }

    /// How often the inverse counts each frequency, as the complex numbers it leaves out are conjugates: 1 or 2.
    func multiplicities(rank: Int) -> Tensor<Scalar> {
        let n = count
        let numbers = Tensor<Scalar>(count: n / 2 + 1) { $0 == 0 || 2 * $0 == n ? 1 : 2 }
        var shape = TensorShape(Array(repeating: 1, count: rank))
        shape[axis] = n / 2 + 1
        return numbers.reshaped(shape)
    }

    /// The normalisation that gives an inverse transform the forward one's factor, and the other way round.
    private var exchanged: FourierNormalization {
        switch normalization {
        case .backward: .forward
        case .orthogonal: .orthogonal
        case .forward: .backward
        }
    }

    private func transformed(_ x: Tensor<Scalar>, _ normalization: FourierNormalization) -> Tensor<Scalar> {
        let spectrum = x.rfft(axis: axis, normalization: normalization)
        return Tensor.stacked([spectrum.real, spectrum.imaginary])
    }

    private func inverted(_ parts: Tensor<Scalar>, _ normalization: FourierNormalization) -> Tensor<Scalar> {
        ComplexTensor(real: parts.selected(axis: 0, at: 0), imaginary: parts.selected(axis: 0, at: 1))
            .irfft(axis: axis, count: count, normalization: normalization)
    }
}

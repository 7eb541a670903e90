/// Complex numbers as two tensors of one shape.
public struct ComplexTensor<Scalar: FloatingTensorScalar>: Sendable {
    /// The real parts.
    public var real: Tensor<Scalar>
    /// The imaginary parts.
    public var imaginary: Tensor<Scalar>

    /// Creates complex numbers from their parts; traps if the shapes differ.
    public init(real: Tensor<Scalar>, imaginary: Tensor<Scalar>) {
        guard real.shape == imaginary.shape else {
            trap("ComplexTensor: the real parts have the shape \(real.shape), the imaginary parts \(imaginary.shape)")
        }
        self.real = real
        self.imaginary = imaginary
    }

    /// Creates complex numbers without imaginary parts.
    public init(_ real: Tensor<Scalar>) {
        self.init(real: real, imaginary: Tensor(zeros: real.shape))
    }

    /// The extents of the axes.
    public var shape: TensorShape { real.shape }

    /// The squared magnitudes, `re² + im²`: for a transform, the power at each frequency.
    public var power: Tensor<Scalar> { real.squared() + imaginary.squared() }

    /// The magnitudes, without overflow.
    public var magnitude: Tensor<Scalar> { real.hypot(imaginary) }

    /// The angles in radians, from -π to π.
    public var phase: Tensor<Scalar> { imaginary.atan2(real) }

    /// The complex conjugates.
    public var conjugate: ComplexTensor { ComplexTensor(real: real, imaginary: -imaginary) }

    /// The elementwise sums after broadcasting.
    public static func + (lhs: ComplexTensor, rhs: ComplexTensor) -> ComplexTensor {
        ComplexTensor(real: lhs.real + rhs.real, imaginary: lhs.imaginary + rhs.imaginary)
    }

    /// The elementwise products after broadcasting.
    public static func * (lhs: ComplexTensor, rhs: ComplexTensor) -> ComplexTensor {
        ComplexTensor(
            real: lhs.real * rhs.real - lhs.imaginary * rhs.imaginary,
            imaginary: lhs.real * rhs.imaginary + lhs.imaginary * rhs.real)
    }
}

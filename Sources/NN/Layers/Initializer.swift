import Tensor

/// How a weight's first values are drawn.
///
/// Fans are taken from the shape: for a weight `[out, in, kernel...]` fan-in is `in · kernel`, fan-out `out · kernel`.
public enum Initializer: Sendable, Hashable {
    /// Zeros.
    case zeros
    /// Ones.
    case ones
    /// The same number everywhere.
    case constant(Double)
    /// Uniform in ±bound.
    case uniform(bound: Double)
    /// Normal with a standard deviation.
    case normal(standardDeviation: Double)
    /// Normal, cut off at two standard deviations.
    case truncatedNormal(standardDeviation: Double)
    /// Uniform in ±gain √(3 / fan-in) (arXiv 1502.01852).
    case kaimingUniform(gain: Double)
    /// Normal with deviation gain / √fan-in (arXiv 1502.01852).
    case kaimingNormal(gain: Double)
    /// Uniform in ±gain √(6 / (fan-in + fan-out)) (Glorot and Bengio, AISTATS 2010).
    case xavierUniform(gain: Double)
    /// Normal with deviation gain √(2 / (fan-in + fan-out)) (Glorot and Bengio, AISTATS 2010).
    case xavierNormal(gain: Double)
    /// Rows (or columns, if there are fewer) orthonormal, times the gain (arXiv 1312.6120).
    case orthogonal(gain: Double)

    /// The initialiser that PyTorch's linear and convolution layers use: uniform in ±1/√fan-in.
    public static var standard: Initializer { .kaimingUniform(gain: 1 / 3.0.squareRoot()) }

    /// A tensor of first values.
    public func callAsFunction<Scalar: FloatingTensorScalar>(
        _ shape: TensorShape, as type: Scalar.Type = Scalar.self, key: RandomKey
    ) -> Tensor<Scalar> {
        let fanOut = Double(fans(shape).out)
        let fanIn = Double(fans(shape).in)
        func uniform(_ bound: Double) -> Tensor<Scalar> {
            Tensor(randomUniform: shape, from: Scalar(-bound), to: Scalar(bound), key: key)
        }
        func normal(_ deviation: Double) -> Tensor<Scalar> {
            Tensor(randomNormal: shape, standardDeviation: Scalar(deviation), key: key)
        }
        switch self {
        case .zeros: return Tensor(zeros: shape)
        case .ones: return Tensor(ones: shape)
        case .constant(let value): return Tensor(repeating: Scalar(value), shape: shape)
        case .uniform(let bound): return uniform(bound)
        case .normal(let deviation): return normal(deviation)
        case .truncatedNormal(let deviation):
            return Tensor(truncatedNormal: shape, standardDeviation: Scalar(deviation), key: key)
        case .kaimingUniform(let gain): return uniform(gain * (3 / max(fanIn, 1)).squareRoot())
        case .kaimingNormal(let gain): return normal(gain / max(fanIn, 1).squareRoot())
        case .xavierUniform(let gain): return uniform(gain * (6 / max(fanIn + fanOut, 1)).squareRoot())
        case .xavierNormal(let gain): return normal(gain * (2 / max(fanIn + fanOut, 1)).squareRoot())
        case .orthogonal(let gain): return orthogonal(shape, gain, key)
        }
    }

    private func fans(_ shape: TensorShape) -> (in: Int, out: Int) {
        guard shape.rank >= 2 else { return (shape.elementCount, shape.elementCount) }
        let kernel = shape.dropFirst(2).reduce(1, *)
        return (shape[1] * kernel, shape[0] * kernel)
    }

    private func orthogonal<Scalar: FloatingTensorScalar>(
        _ shape: TensorShape, _ gain: Double, _ key: RandomKey
    ) -> Tensor<Scalar> {
        let rows = shape.rank > 0 ? shape[0] : 1
        let columns = shape.elementCount / max(rows, 1)
        let isWide = columns > rows
        let tall = Tensor<Double>(
            randomNormal: isWide ? [columns, rows] : [rows, columns], key: key)
        let basis = orthonormalised(tall)
        let result = isWide ? basis.transposed() : basis
        return Tensor<Scalar>(result * gain).reshaped(shape)
    }
}

/// The columns of a tall matrix made orthonormal by modified Gram-Schmidt, twice for accuracy: the Q of its QR
/// decomposition with a positive diagonal of R, which makes the result uniform over orthogonal matrices.
private func orthonormalised(_ matrix: Tensor<Double>) -> Tensor<Double> {
    let (rows, columns) = (matrix.shape[0], matrix.shape[1])
    var q = matrix.transposed().contiguous()
    q.withUnsafeMutableBufferPointer { q in
        for column in 0..<columns {
            let target = q.baseAddress! + column * rows
            for _ in 0..<2 {
                for earlier in 0..<column {
                    let basis = q.baseAddress! + earlier * rows
                    var dot = 0.0
                    for i in 0..<rows { dot += target[i] * basis[i] }
                    for i in 0..<rows { target[i] -= dot * basis[i] }
                }
            }
            var square = 0.0
            for i in 0..<rows { square += target[i] * target[i] }
            let scale = 1 / square.squareRoot()
            for i in 0..<rows { target[i] *= scale }
        }
    }
    return q.transposed()
}

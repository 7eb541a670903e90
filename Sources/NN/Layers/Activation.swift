import Autograd
import Tensor

/// An elementwise non-linearity, as a layer without parameters.
public enum Activation<Scalar: FloatingTensorScalar>: Layer, Hashable {
    /// x.
    case identity
    /// max(x, 0).
    case relu
    /// x, or slope · x where negative.
    case leakyReLU(slope: Scalar)
    /// x, or α (eˣ - 1) where negative.
    case elu(alpha: Scalar)
    /// x Φ(x).
    case gelu
    /// x Φ(x) by the tanh approximation.
    case geluTanh
    /// x σ(x).
    case silu
    /// tanh x.
    case tanh
    /// 1 / (1 + e⁻ˣ).
    case sigmoid
    /// log(1 + eˣ).
    case softplus

    /// The function of every element.
    public func callAsFunction(_ x: Variable<Scalar>) -> Variable<Scalar> {
        switch self {
        case .identity: x
        case .relu: x.relu()
        case .leakyReLU(let slope): x.leakyReLU(slope: slope)
        case .elu(let alpha): x.elu(alpha: alpha)
        case .gelu: x.gelu()
        case .geluTanh: x.gelu(approximation: .tanh)
        case .silu: x.silu()
        case .tanh: x.tanh()
        case .sigmoid: x.sigmoid()
        case .softplus: x.softplus()
        }
    }

    /// Visits nothing.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Scalar>) {}
}

import Autograd

/// The non-linearity of a feed-forward part.
public enum FeedForwardActivation: String, Sendable, Hashable, CaseIterable {
    /// x Φ(x).
    case gelu
    /// x Φ(x) by the tanh approximation.
    case geluTanh = "gelu_new"
    /// x σ(1.702 x).
    case quickGELU = "quick_gelu"
    /// x σ(x).
    case silu
    /// max(x, 0).
    case relu

    /// The function with one of transformers' names; nil for a name that is not known.
    init?(huggingFaceName name: String) {
        switch name {
        case "gelu_pytorch_tanh", "gelu_fast": self = .geluTanh
        case "swish": self = .silu
        default: self.init(rawValue: name)
        }
    }

    /// The function of every element.
    func callAsFunction(_ x: Variable<Float>) -> Variable<Float> {
        switch self {
        case .gelu: x.gelu()
        case .geluTanh: x.gelu(approximation: .tanh)
        case .quickGELU: x.gelu(approximation: .sigmoid)
        case .silu: x.silu()
        case .relu: x.relu()
        }
    }
}

import CKernels

/// How the Gaussian error linear unit is computed.
public enum GELUApproximation: Sendable, Hashable {
    /// x Φ(x) with the error function (arXiv 1606.08415).
    case none
    /// 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))), as in GPT-2.
    case tanh
    /// x σ(1.702 x), as in CLIP.
    case sigmoid
}

extension Tensor where Scalar: FloatingTensorScalar {
    /// max(x, 0); NaN stays NaN.
    public consuming func relu() -> Tensor { Tensor.map(MK_RELU, self) }

    /// min(max(x, 0), 6).
    public consuming func relu6() -> Tensor { Tensor.map(MK_RELU6, self) }

    /// x where positive, else slope · x.
    public consuming func leakyReLU(slope: Scalar = 0.01) -> Tensor {
        Tensor.map(MK_LEAKY_RELU, self, slope.doubleValue)
    }

    /// x where positive, else α (exp(x) - 1) (arXiv 1511.07289).
    public consuming func elu(alpha: Scalar = 1) -> Tensor { Tensor.map(MK_ELU, self, alpha.doubleValue) }

    /// The self-normalising unit (arXiv 1706.02515).
    public consuming func selu() -> Tensor { Tensor.map(MK_SELU, self) }

    /// 1 / (1 + exp(-x)).
    public consuming func sigmoid() -> Tensor { Tensor.map(MK_SIGMOID, self) }

    /// log σ(x) without overflow.
    public consuming func logSigmoid() -> Tensor { Tensor.map(MK_LOG_SIGMOID, self) }

    /// log(1 + exp(βx)) / β; x itself where βx exceeds the threshold.
    public consuming func softplus(beta: Scalar = 1, threshold: Scalar = 20) -> Tensor {
        Tensor.map(MK_SOFTPLUS, self, beta.doubleValue, threshold.doubleValue)
    }

    /// x σ(x), also called swish.
    public consuming func silu() -> Tensor { Tensor.map(MK_SILU, self) }

    /// The Gaussian error linear unit.
    public consuming func gelu(approximation: GELUApproximation = .none) -> Tensor {
        switch approximation {
        case .none: Tensor.map(MK_GELU, self)
        case .tanh: Tensor.map(MK_GELU_TANH, self)
        case .sigmoid: Tensor.map(MK_QUICK_GELU, self)
        }
    }

    /// clamp(x / 6 + 1/2, 0, 1).
    public consuming func hardSigmoid() -> Tensor { Tensor.map(MK_HARD_SIGMOID, self) }

    /// x · hardSigmoid(x).
    public consuming func hardSwish() -> Tensor { Tensor.map(MK_HARD_SWISH, self) }

    /// x tanh(softplus(x)).
    public consuming func mish() -> Tensor { Tensor.map(MK_MISH, self) }

    /// x / (1 + |x|).
    public consuming func softsign() -> Tensor { Tensor.map(MK_SOFTSIGN, self) }
}

/// The product of an activation's derivative and the gradient that flows in, fused into one pass.
///
/// For derivative rules: each method names which tensor it is called on, the activation's input or its output.
extension Tensor where Scalar: FloatingTensorScalar {
    /// Called on the input or the output of ``relu()``.
    public func reluGradient(_ gradient: Tensor) -> Tensor { Tensor.zip(MK_RELU_GRADIENT, "relu", self, gradient) }

    /// Called on the input of ``leakyReLU(slope:)``.
    public func leakyReLUGradient(_ gradient: Tensor, slope: Scalar) -> Tensor {
        Tensor.zip(MK_LEAKY_RELU_GRADIENT, "leakyReLU", self, gradient, slope.doubleValue)
    }

    /// Called on the output of ``sigmoid()``.
    public func sigmoidGradient(_ gradient: Tensor) -> Tensor {
        Tensor.zip(MK_SIGMOID_GRADIENT, "sigmoid", self, gradient)
    }

    /// Called on the output of ``tanh()``.
    public func tanhGradient(_ gradient: Tensor) -> Tensor { Tensor.zip(MK_TANH_GRADIENT, "tanh", self, gradient) }

    /// Called on the input of ``silu()``.
    public func siluGradient(_ gradient: Tensor) -> Tensor { Tensor.zip(MK_SILU_GRADIENT, "silu", self, gradient) }

    /// Called on the input of ``gelu(approximation:)`` without approximation.
    public func geluGradient(_ gradient: Tensor) -> Tensor { Tensor.zip(MK_GELU_GRADIENT, "gelu", self, gradient) }

    /// Called on the input of ``gelu(approximation:)`` with the tanh approximation.
    public func geluTanhGradient(_ gradient: Tensor) -> Tensor {
        Tensor.zip(MK_GELU_TANH_GRADIENT, "gelu", self, gradient)
    }

    /// Called on the input of ``softplus(beta:threshold:)`` with threshold 20.
    public func softplusGradient(_ gradient: Tensor, beta: Scalar) -> Tensor {
        Tensor.zip(MK_SOFTPLUS_GRADIENT, "softplus", self, gradient, beta.doubleValue)
    }
}

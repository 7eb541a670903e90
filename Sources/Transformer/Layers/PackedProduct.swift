import Autograd
import Tensor

extension Variable where Scalar == Float {
    /// x Wᵀ + b with quantised weights: `[..., in]` to `[..., out]`. ∂x = G W, ∂b = Σ G; the weights are constants.
    ///
    /// - Parameters:
    ///   - weight: `[out, in]`.
    ///   - bias: `[out]`, or nil.
    ///   - isExact: keeps x in float32 instead of rounding it to integers.
    func linear(_ weight: QuantizedMatrix, bias: Variable? = nil, isExact: Bool) -> Variable {
        let result = value.linear(weight, bias: bias?.value, isExact: isExact)
        guard let bias else {
            return Variable.recorded("quantizedLinear", result, from: [self]) { gradient, pass in
                pass.send(to: 0) { gradient.matmul(Variable(weight.dequantized())) }
            }
        }
        return Variable.recorded("quantizedLinear", result, from: [self, bias]) { gradient, pass in
            pass.send(to: 0) { gradient.matmul(Variable(weight.dequantized())) }
            pass.send(to: 1) { gradient.sum(axes: Array(0..<gradient.rank - 1)) }
        }
    }
}

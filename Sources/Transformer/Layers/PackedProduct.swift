import Autograd
import Tensor

extension Variable where Scalar == Float {
    /// x Wᵀ with weights in blocks: `[..., in]` to `[..., out]`. ∂x = G W; the weights are constants.
    ///
    /// - Parameter weight: `[out, in]`.
    func packedLinear(_ weight: QuantizedTensor) -> Variable {
        guard weight.shape.rank == 2, rank > 0, weight.shape[1] == shape[-1] else {
            trap("packedLinear: the weight \(weight) does not fit the input \(shape): it must be [out, \(shape[-1])]")
        }
        return Variable.recorded("packedLinear", value.packedProduct(weight), from: [self]) { gradient, pass in
            pass.send(to: 0) { gradient.matmul(Variable(weight.dequantized())) }
        }
    }
}

extension Tensor where Scalar == Float {
    /// The one place where weights in blocks are multiplied: some rows at a time are turned into numbers that stay in the
    /// cache, so that memory is never needed for all.
    fileprivate func packedProduct(_ weight: QuantizedTensor) -> Tensor {
        let outputs = weight.rowCount
        let step = 512
        let parts = stride(from: 0, to: outputs, by: step).map { first in
            matmul(weight.dequantized(rows: first..<Swift.min(first + step, outputs)).transposed())
        }
        return parts.count == 1 ? parts[0] : Tensor.concatenated(parts, axis: -1)
    }
}

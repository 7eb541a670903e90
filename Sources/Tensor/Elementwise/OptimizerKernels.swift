import CKernels
import Glibc

// Optimiser updates as single passes over memory: written as tensor expressions they would read and write every operand
// several times. The optimisers themselves, with their state and sources, are in NN.

/// One step of stochastic gradient descent with momentum.
///
/// With `d = g + decay p`: `b = momentum b + (1 - dampening) d` (`b = d` in the first step), then `p -= rate b`, or
/// `p -= rate (d + momentum b)` for Nesterov's variant.
public struct SGDStep: Sendable {
    private var rule: mk_sgd_rule

    /// Describes a step.
    public init(
        rate: Double, decay: Double, momentum: Double, dampening: Double, isNesterov: Bool, isFirst: Bool
    ) {
        rule = mk_sgd_rule(
            rate: rate, decay: decay, momentum: momentum, dampening: dampening, is_nesterov: isNesterov ? 1 : 0,
            is_first: isFirst ? 1 : 0)
    }

    /// Updates a parameter without momentum; the gradient must have its shape.
    public func apply<Scalar: FloatingTensorScalar>(to parameter: inout Tensor<Scalar>, along gradient: Tensor<Scalar>)
    {
        updateInPlace("SGDStep", &parameter, gradient) { range, p, g in
            withUnsafePointer(to: rule) { mk_sgd(Scalar.dtype.kernelType, $0, range.count, p, g, nil) }
        }
    }

    /// Updates a parameter and its momentum buffer; all three tensors must have the same shape.
    public func apply<Scalar: FloatingTensorScalar>(
        to parameter: inout Tensor<Scalar>, along gradient: Tensor<Scalar>, velocity: inout Tensor<Scalar>
    ) {
        let b = velocity.pointerForUpdate("SGDStep", gradient)
        updateInPlace("SGDStep", &parameter, gradient) { range, p, g in
            let b = b + range.lowerBound
            withUnsafePointer(to: rule) { mk_sgd(Scalar.dtype.kernelType, $0, range.count, p, g, b) }
        }
    }
}

/// One step of Adam: running means `m` of gradients and `v` of squares, bias corrections `1 - beta^t`.
///
/// `m = beta1 m + (1 - beta1) d`, `v = beta2 v + (1 - beta2) d²` with `d = g + l2 p`, then
/// `p = (1 - rate decay) p - rate (m / correction1) / (sqrt(v / correction2) + epsilon)`.
public struct AdamStep: Sendable {
    private var rule: mk_adam_rule

    /// Describes step `number`, counted from 1.
    public init(
        number: Int, rate: Double, decay: Double, l2: Double, betas: (Double, Double), epsilon: Double
    ) {
        rule = mk_adam_rule(
            rate: rate, decay: decay, l2: l2, beta1: betas.0, beta2: betas.1, eps: epsilon,
            correction1: 1 - pow(betas.0, Double(number)), correction2: 1 - pow(betas.1, Double(number)))
    }

    /// Updates a parameter and its running means; all tensors must have the same shape.
    public func apply<Scalar: FloatingTensorScalar>(
        to parameter: inout Tensor<Scalar>, along gradient: Tensor<Scalar>, mean: inout Tensor<Scalar>,
        square: inout Tensor<Scalar>
    ) {
        let m = mean.pointerForUpdate("AdamStep", gradient)
        let v = square.pointerForUpdate("AdamStep", gradient)
        updateInPlace("AdamStep", &parameter, gradient) { range, p, g in
            let (m, v) = (m + range.lowerBound, v + range.lowerBound)
            withUnsafePointer(to: rule) { mk_adam(Scalar.dtype.kernelType, $0, range.count, p, g, m, v, nil) }
        }
    }

    /// The AMSGrad variant, which divides by the root of the largest `v` so far.
    public func apply<Scalar: FloatingTensorScalar>(
        to parameter: inout Tensor<Scalar>, along gradient: Tensor<Scalar>, mean: inout Tensor<Scalar>,
        square: inout Tensor<Scalar>, largestSquare: inout Tensor<Scalar>
    ) {
        let m = mean.pointerForUpdate("AdamStep", gradient)
        let v = square.pointerForUpdate("AdamStep", gradient)
        let largest = largestSquare.pointerForUpdate("AdamStep", gradient)
        updateInPlace("AdamStep", &parameter, gradient) { range, p, g in
            let (m, v, largest) = (m + range.lowerBound, v + range.lowerBound, largest + range.lowerBound)
            withUnsafePointer(to: rule) { mk_adam(Scalar.dtype.kernelType, $0, range.count, p, g, m, v, largest) }
        }
    }
}

/// One step of Lion: `p = (1 - rate decay) p - rate sign(beta1 m + (1 - beta1) g)`, then `m = beta2 m + (1 - beta2) g`.
public struct LionStep: Sendable {
    private var rule: mk_lion_rule

    /// Describes a step.
    public init(rate: Double, decay: Double, betas: (Double, Double)) {
        rule = mk_lion_rule(rate: rate, decay: decay, beta1: betas.0, beta2: betas.1)
    }

    /// Updates a parameter and its running mean; all tensors must have the same shape.
    public func apply<Scalar: FloatingTensorScalar>(
        to parameter: inout Tensor<Scalar>, along gradient: Tensor<Scalar>, mean: inout Tensor<Scalar>
    ) {
        let m = mean.pointerForUpdate("LionStep", gradient)
        updateInPlace("LionStep", &parameter, gradient) { range, p, g in
            let m = m + range.lowerBound
            withUnsafePointer(to: rule) { mk_lion(Scalar.dtype.kernelType, $0, range.count, p, g, m) }
        }
    }
}

extension Tensor {
    /// The elements for writing in place; traps unless the shape is the gradient's.
    fileprivate mutating func pointerForUpdate(
        _ operation: StaticString, _ gradient: Tensor
    ) -> UnsafeMutablePointer<Scalar> {
        guard shape == gradient.shape else {
            trap("\(operation): the gradient's shape \(gradient.shape) is not the shape \(shape) of what it updates")
        }
        makeUnique()
        return pointer
    }
}

private func updateInPlace<Scalar: FloatingTensorScalar>(
    _ operation: StaticString, _ parameter: inout Tensor<Scalar>, _ gradient: Tensor<Scalar>,
    _ kernel: (Range<Int>, UnsafeMutablePointer<Scalar>, UnsafePointer<Scalar>) -> Void
) {
    let flat = gradient.contiguous()
    let p = parameter.pointerForUpdate(operation, flat)
    let g = flat.pointer
    Parallelism.forEachPiece(of: flat.count, grain: Grain.elementwise) { piece in
        kernel(piece, p + piece.lowerBound, g + piece.lowerBound)
    }
    withExtendedLifetime(flat) {}
}

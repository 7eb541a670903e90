import Autograd
import Tensor

/// A check of first and second derivatives of a function that may throw, at given or normally distributed points.
struct DerivativeCheck {
    typealias Function = ([Variable<Double>]) throws -> Variable<Double>

    let inputs: [Variable<Double>]
    let function: Function

    /// Checks a function at points.
    init(_ inputs: [Tensor<Double>], _ function: @escaping Function) {
        self.inputs = inputs.map { Variable($0) }
        self.function = function
    }

    /// Checks a function at normally distributed points of given shapes.
    init(shapes: [TensorShape], seed: UInt64 = 1, _ function: @escaping Function) {
        let keys = RandomKey(seed: seed).split(shapes.count)
        self.init(zip(shapes, keys).map { Tensor(randomNormal: $0, key: $1) }, function)
    }

    /// Throws what the function throws, or the first derivative that is wrong.
    func run(tolerance: Double = 1e-5) throws {
        _ = try function(inputs)
        // What can be evaluated at a point can be evaluated next to it.
        try gradientCheck({ try! function($0) }, at: inputs, relativeTolerance: tolerance, absoluteTolerance: tolerance)
    }
}

/// Normally distributed numbers.
func normal(_ shape: TensorShape, seed: UInt64) -> Tensor<Double> {
    Tensor(randomNormal: shape, key: RandomKey(seed: seed))
}

/// Symmetric positive definite matrices `[..., n, n]`, well conditioned.
func positiveDefinite(_ shape: TensorShape, seed: UInt64) -> Tensor<Double> {
    let factor = normal(shape, seed: seed)
    return factor.matmul(factor.transposed()) + Tensor<Double>.eye(shape[-1]) * Double(shape[-1])
}

import Autograd
import Tensor
import Testing

/// Compares first and second derivatives with central differences, in double precision.
///
/// A function of any shape becomes one number, a random combination of its results and of their squares, so that linear
/// functions have second derivatives too.
struct DerivativeCheck {
    typealias Function = ([Variable<Double>]) throws -> Variable<Double>

    let inputs: [Tensor<Double>]
    let function: Function

    /// Checks a function at points.
    init(_ inputs: [Tensor<Double>], _ function: @escaping Function) {
        self.inputs = inputs
        self.function = function
    }

    /// Checks a function at normally distributed points of given shapes.
    init(shapes: [TensorShape], seed: UInt64 = 1, _ function: @escaping Function) {
        let keys = RandomKey(seed: seed).split(shapes.count)
        self.init(Swift.zip(shapes, keys).map { Tensor(randomNormal: $0, key: $1) }, function)
    }

    /// The inputs as one vector.
    private var point: Tensor<Double> { Tensor.concatenated(inputs.map { $0.flattened() }) }

    private func number(_ vector: Variable<Double>) throws -> Variable<Double> {
        var start = 0
        let parts = inputs.map { input in
            defer { start += input.count }
            return vector.narrowed(axis: 0, from: start, count: input.count).reshaped(input.shape)
        }
        let result = try function(parts)
        let keys = RandomKey(seed: 99).split(2)
        let linear = Variable(Tensor<Double>(randomNormal: result.shape, key: keys[0]))
        let quadratic = Variable(Tensor<Double>(randomNormal: result.shape, key: keys[1]))
        return (result * linear + result * result * quadratic).sum()
    }

    /// Records an issue where a derivative differs from the difference quotient.
    func run(tolerance: Double = 1e-5, _ location: SourceLocation = #_sourceLocation) throws {
        let x = point
        let slope = try gradient(at: Variable(x), number).value
        let step = 1e-5
        let direction = Tensor<Double>(randomNormal: x.shape, key: RandomKey(seed: 7))
        let (ahead, behind) = (Variable(x + direction * step), Variable(x - direction * step))

        // Every coordinate of the gradient.
        for position in 0..<x.count {
            var shift = Tensor<Double>(zeros: x.shape)
            shift.withUnsafeMutableBufferPointer { $0[position] = step }
            let rise = try number(Variable(x + shift)).scalar - number(Variable(x - shift)).scalar
            compare(slope.array[position], rise / (2 * step), tolerance, "gradient at \(position)", location)
        }

        // The Hessian times a direction.
        let (_, product) = try hvp(number, at: Variable(x), along: Variable(direction))
        let difference = try (gradient(at: ahead, number).value - gradient(at: behind, number).value) / (2 * step)
        for (position, (actual, expected)) in Swift.zip(product.value.array, difference.array).enumerated() {
            compare(actual, expected, tolerance * 10, "Hessian product at \(position)", location)
        }
    }

    private func compare(
        _ actual: Double, _ expected: Double, _ tolerance: Double, _ what: String, _ location: SourceLocation
    ) {
        let scale = max(1, abs(expected))
        #expect(
            abs(actual - expected) <= tolerance * scale, "\(what): \(actual) instead of \(expected)",
            sourceLocation: location)
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

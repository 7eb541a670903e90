import CKernels
import Glibc

func mathLog(_ x: Double) -> Double { Glibc.log(x) }
func mathCos(_ x: Double) -> Double { Glibc.cos(x) }

extension Tensor where Scalar: FloatingTensorScalar {
    /// Creates a tensor of independent uniform numbers in `[lower, upper)`.
    public init(randomUniform shape: TensorShape, from lower: Scalar = 0, to upper: Scalar = 1, key: RandomKey) {
        self.init(uninitialized: shape)
        fill(key, mk_random_uniform)
        if lower != 0 || upper != 1 {
            // Rounding could reach the upper bound, which does not belong to the range.
            self = (take() * (upper - lower) + lower).minimum(Tensor(Swift.max(lower, upper.nextDown)))
        }
    }

    /// Creates a tensor of independent normal numbers (Box-Muller).
    public init(
        randomNormal shape: TensorShape, mean: Scalar = 0, standardDeviation: Scalar = 1, key: RandomKey
    ) {
        self.init(uninitialized: shape)
        fill(key, mk_random_normal)
        if standardDeviation != 1 { self = take() * standardDeviation }
        if mean != 0 { self = take() + mean }
    }

    /// Creates a tensor of normal numbers cut off at `limit` standard deviations, by inverting the distribution function.
    public init(
        truncatedNormal shape: TensorShape, mean: Scalar = 0, standardDeviation: Scalar = 1, limit: Scalar = 2,
        key: RandomKey
    ) {
        let bound = Tensor(limit / Scalar(2).squareRoot()).erf().scalar
        let uniform = Tensor(randomUniform: shape, from: -bound, to: bound, key: key)
        let standard = (uniform.erfInverse() * Scalar(2).squareRoot()).clamped(to: -limit...limit)
        self = standard * standardDeviation + mean
    }

    private func fill(_ key: RandomKey, _ kernel: (mk_type, UInt64, UInt64, Int, UnsafeMutableRawPointer) -> Void) {
        // A Philox block gives four floats or two doubles; pieces start at block borders.
        let perBlock = 16 / MemoryLayout<Scalar>.stride
        let blocks = (count + perBlock - 1) / perBlock
        Parallelism.forEachPiece(of: blocks, grain: 2048) { piece in
            let start = piece.lowerBound * perBlock
            let length = min(count, piece.upperBound * perBlock) - start
            kernel(Scalar.dtype.kernelType, key.bits, UInt64(piece.lowerBound), length, pointer + start)
        }
    }
}

extension Tensor where Scalar: FloatingTensorScalar {
    /// Creates a tensor of zeros and ones; each element is one with the given probability.
    public init(randomBernoulli shape: TensorShape, probability: Double, key: RandomKey) {
        let uniform = Tensor(randomUniform: shape, key: key)
        self = Tensor(uniform .< Scalar(probability))
    }
}

extension Tensor where Scalar: IntegerTensorScalar {
    /// Creates a tensor of independent integers, each equally likely, in a non-empty half-open range.
    public init(randomIntegers shape: TensorShape, in range: Range<Int>, key: RandomKey) {
        var generator = RandomGenerator(key: key)
        self.init(uninitialized: shape)
        for position in 0..<count {
            pointer[position] = Scalar(range.lowerBound + generator.integer(below: range.count))
        }
    }
}

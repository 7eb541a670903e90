import Autograd
import Tensor
import Testing

@Suite("Gradients at random shapes")
struct RandomShapeCheckTests {
    /// A pair of shapes that broadcast, and axes of the result to reduce; extents 0 and 1 come often.
    static func draw(_ seed: Int) -> (a: TensorShape, b: TensorShape, axes: [Int]) {
        var generator = RandomGenerator(seed: UInt64(seed))
        let extents = (0..<generator.integer(below: 5)).map { _ in [0, 1, 1, 2, 2, 3][generator.integer(below: 6)] }
        let shapes = (0..<2).map { _ in
            let kept = extents.dropFirst(generator.integer(below: extents.count + 1))
            return TensorShape(kept.map { generator.integer(below: 3) == 0 ? 1 : $0 })
        }
        let rank = max(shapes[0].rank, shapes[1].rank)
        let axes = (0..<rank).filter { _ in generator.integer(below: 2) == 0 }
        return (shapes[0], shapes[1], axes)
    }

    @Test("elementwise operations, reductions and views of what they give", arguments: 0..<80)
    func operations(_ seed: Int) throws {
        let (a, b, axes) = Self.draw(seed)
        try GradientCase("chain", input(a, 0.3...1.5), input(b, 0.3...1.5)) { x, y in
            let mixed = (x * y + x / y).pow(y) - x.hypot(y)
            let total = mixed.sum(axes: axes, keepDimensions: true)
            return (mixed - total).tanh() + total.product(axes: axes, keepDimensions: true)
        }.check()
        try GradientCase("permuted", input(a), input(b)) { x, y in
            let mixed = x.maximum(y) * x
            let order = (0..<mixed.rank).reversed().map { $0 }
            return mixed.permuted(order).flattened() * mixed.logSumExp()
        }.check()
    }

    @Test("matrix products with random batches", arguments: 0..<40)
    func products(_ seed: Int) throws {
        let (a, b, _) = Self.draw(seed)
        var generator = RandomGenerator(seed: UInt64(1000 + seed))
        let (m, k, n) = (generator.integer(below: 4), generator.integer(below: 4), generator.integer(below: 4))
        let left = TensorShape(Array(a) + [m, k])
        let right = TensorShape(Array(b) + [k, n])
        try GradientCase("matmul", input(left), input(right)) { $0.matmul($1) }.check()
    }

    @Test("softmax, normalisation and sorting of rows", arguments: 0..<40)
    func rows(_ seed: Int) throws {
        let (a, _, _) = Self.draw(seed)
        let shape = TensorShape(Array(a) + [1 + seed % 4])
        try GradientCase("softmax", input(shape)) { $0.softmax() * $0.logSoftmax() }.check()
        try GradientCase("layerNorm", input(shape), input([shape[-1]])) {
            $0.layerNorm(weight: $1, epsilon: 0.1)
        }.check()
        try GradientCase("sorted", input(shape)) { $0.sorted().values.cumulativeProduct(axis: -1) }.check()
    }
}

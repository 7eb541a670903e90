import Tensor
import Testing

/// Algebraic laws at random shapes and layouts, sizes 0 and 1 among them. Numbers are small and whole, so equality is
/// exact.
@Suite("Laws of tensors at random shapes")
struct LawTests {
    static let seeds = 0..<60

    @Test("a disguise changes the layout and nothing else", arguments: seeds)
    func disguise(_ seed: Int) {
        var random = RandomShapes(seed: seed)
        let x = random.tensor(random.shape())
        let y = random.disguised(x)
        #expect(y == x)
        #expect(y.array == x.array)
        #expect(y.contiguous().isContiguous)
        #expect(y.shape.positions.map { y.element($0) } == x.array)
    }

    @Test("permutations: inverse, composition, and every element at its place", arguments: seeds)
    func permutations(_ seed: Int) {
        var random = RandomShapes(seed: seed)
        let x = random.disguised(random.tensor(random.shape()))
        let (p, q) = (random.generator.permutation(x.rank), random.generator.permutation(x.rank))
        var inverse = [Int](repeating: 0, count: x.rank)
        for (position, axis) in p.enumerated() { inverse[axis] = position }
        let moved = x.permuted(p)
        #expect(moved.permuted(inverse) == x)
        #expect(moved.permuted(q) == x.permuted(q.map { p[$0] }))
        for position in moved.shape.positions {
            #expect(moved.element(position) == x.element(inverse.map { position[$0] }))
        }
        #expect(moved.sum() == x.sum())
        #expect((moved * 2).permuted(inverse) == x * 2)
        if x.rank >= 2 {
            let (a, b) = (random.generator.integer(below: x.rank), random.generator.integer(below: x.rank))
            #expect(x.transposed(a, b).transposed(a, b) == x)
            #expect(x.movingAxis(a, to: b).movingAxis(b, to: a) == x)
        }
    }

    @Test("reshaping keeps the row-major order", arguments: seeds)
    func reshaping(_ seed: Int) {
        var random = RandomShapes(seed: seed)
        let x = random.disguised(random.tensor(random.shape()))
        #expect(x.flattened().array == x.array)
        #expect(x.reshaped([1] + Array(x.shape.reversed())).array == x.array)
        #expect(x.flattened().reshaped(x.shape) == x)
        if x.count > 0 { #expect(x.reshaped([-1, 1]).squeezed(1) == x.flattened()) }
        let axis = random.generator.integer(below: x.rank + 1)
        #expect(x.unsqueezed(axis).squeezed(axis) == x)
        #expect(x.squeezed().array == x.array)
    }

    @Test("broadcasting is what stretching by hand gives, and commutes", arguments: seeds)
    func broadcasting(_ seed: Int) {
        var random = RandomShapes(seed: seed)
        let shape = random.shape()
        let a = random.disguised(random.tensor(random.shrunk(shape)))
        let b = random.disguised(random.tensor(shape))
        let stretched = a.broadcast(to: shape)
        #expect(a + b == stretched.contiguous() + b)
        #expect(a + b == b + a)
        #expect(a * b == b * a)
        #expect(a - b == -(b - a))
        #expect(a.maximum(b) == b.maximum(a))
        #expect((a .< b) == (b .> a))
        #expect((a .< b).select(a, b) == a.minimum(b))
        for position in shape.positions {
            let own = zip(position.suffix(a.rank), a.shape).map { $1 == 1 ? 0 : $0 }
            #expect(stretched.element(position) == a.element(own))
        }
        // Stretching and summing back are each other's adjoints.
        #expect((stretched * b).sum() == (a * b.summed(to: a.shape)).sum())
    }

    @Test("three shapes broadcast alike in any grouping", arguments: seeds)
    func associativity(_ seed: Int) {
        var random = RandomShapes(seed: seed)
        let shape = random.shape(rank: 3)
        let (a, b, c) = (
            random.tensor(random.shrunk(shape)), random.tensor(random.shrunk(shape)), random.tensor(shape)
        )
        #expect((a + b) + c == a + (b + c))
        #expect(a * (b + c) == a * b + a * c)
        #expect(a.multiplied(by: b, adding: c) == a * b + c)
    }

    @Test("reductions over any axes are loops over the elements, in any layout", arguments: seeds)
    func reductions(_ seed: Int) {
        var random = RandomShapes(seed: seed)
        let x = random.disguised(random.tensor(random.shape()))
        let axes = (0..<x.rank).filter { _ in random.generator.integer(below: 2) == 0 }
        let kept = (0..<x.rank).filter { !axes.contains($0) }
        var groups: [[Int]: [Double]] = [:]
        for position in x.shape.positions { groups[kept.map { position[$0] }, default: []].append(x.element(position)) }
        func expect(_ result: Tensor<Double>, _ name: String, _ fold: ([Double]) -> Double) {
            #expect(result.shape == TensorShape(kept.map { x.shape[$0] }))
            for position in result.shape.positions {
                let (found, wanted) = (result.element(position), fold(groups[position] ?? []))
                #expect(found == wanted || (found.isNaN && wanted.isNaN) || abs(found - wanted) < 1e-12 * abs(wanted))
            }
        }
        expect(x.sum(axes: axes), "sum") { $0.reduce(0, +) }
        expect(x.product(axes: axes), "product") { $0.reduce(1, *) }
        expect(x.mean(axes: axes), "mean") { $0.reduce(0, +) / Double($0.count) }
        expect(x.norm(1, axes: axes), "norm") { $0.reduce(0) { $0 + abs($1) } }
        expect(x.variance(axes: axes, correction: 0), "variance") { values in
            let mean = values.reduce(0, +) / Double(values.count)
            return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        }
        if axes.allSatisfy({ x.shape[$0] > 0 }) {
            expect(x.maximum(axes: axes), "maximum") { $0.max() ?? .nan }
            expect(x.minimum(axes: axes), "minimum") { $0.min() ?? .nan }
        }
        #expect(x.sum(axes: axes, keepDimensions: true).array == x.sum(axes: axes).array)
        #expect(x.sum(axes: axes).sum() == x.sum())
    }

    @Test("a negative step turns an axis round, for every operation after it", arguments: seeds)
    func reversed(_ seed: Int) {
        var random = RandomShapes(seed: seed)
        let rest = random.shape(rank: 3, allowsEmpty: false)
        let shape = TensorShape([1 + random.generator.integer(below: 6)] + Array(rest))
        let x = random.disguised(random.tensor(shape))
        let turned: Tensor<Double> = x[TensorIndex.strided(by: -1)]
        #expect(turned == x.flipped(axis: 0))
        #expect(turned.sum(axes: [0]) == x.sum(axes: [0]))
        #expect((turned * 3).flipped(axis: 0) == x * 3)
        let half: Tensor<Double> = x[TensorIndex.strided(by: -2)]
        let expected = stride(from: x.shape[0] - 1, through: 0, by: -2).map { x.selected(axis: 0, at: $0) }
        #expect(half == Tensor.stacked(expected))
    }

    @Test("sums and matrix products are linear", arguments: seeds)
    func linearity(_ seed: Int) {
        var random = RandomShapes(seed: seed)
        let extents = (0..<3).map { _ in random.generator.integer(below: 5) }
        let batch = random.shape(rank: 2)
        func matrix(_ random: inout RandomShapes, _ rows: Int, _ columns: Int) -> Tensor<Double> {
            random.disguised(random.tensor(TensorShape(Array(batch) + [rows, columns])))
        }
        let a = matrix(&random, extents[0], extents[1])
        let b = matrix(&random, extents[0], extents[1])
        let c = matrix(&random, extents[1], extents[2])
        #expect((a * 3 + b).sum(axes: [-1]) == a.sum(axes: [-1]) * 3 + b.sum(axes: [-1]))
        #expect((a * 3 + b).matmul(c) == a.matmul(c) * 3 + b.matmul(c))
        #expect(a.matmul(c).transposed() == c.transposed().matmul(a.transposed()))
        #expect(a.matmul(Tensor.eye(extents[1])) == a)
        #expect((a + b).cumulativeSum(axis: -1) == a.cumulativeSum(axis: -1) + b.cumulativeSum(axis: -1))
    }

    @Test("matrix products are loops over the inner axis, with broadcast batches", arguments: seeds)
    func products(_ seed: Int) {
        var random = RandomShapes(seed: seed)
        let (m, k, n) = (
            random.generator.integer(below: 5), random.generator.integer(below: 5), random.generator.integer(below: 5)
        )
        let batch = random.shape(rank: 2)
        let batches = [random.shrunk(batch), batch].map { Array($0) }
        let a = random.disguised(random.tensor(TensorShape(batches[0] + [m, k])))
        let b = random.disguised(random.tensor(TensorShape(batches[1] + [k, n])))
        let loops = (a.unsqueezed(-1) * b.unsqueezed(-3)).sum(axes: [-2])
        #expect(a.matmul(b) == loops)
        #expect(a.shape[-1] == k)
    }
}

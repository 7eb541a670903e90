import Tensor

/// Shapes and tensors drawn from a seed, for laws that must hold at every shape.
struct RandomShapes {
    var generator: RandomGenerator

    init(seed: Int) { generator = RandomGenerator(seed: UInt64(seed)) }

    /// Up to `rank` axes of extents 0 to 5; 0 and 1 come often enough to matter.
    mutating func shape(rank limit: Int = 4, allowsEmpty: Bool = true) -> TensorShape {
        let rank = generator.integer(below: limit + 1)
        let least = allowsEmpty ? 0 : 1
        return TensorShape((0..<rank).map { _ in max(least, [0, 1, 1, 2, 3, 4, 5][generator.integer(below: 7)]) })
    }

    /// A shape that broadcasts to another one.
    mutating func shrunk(_ shape: TensorShape) -> TensorShape {
        let kept = shape.dropFirst(generator.integer(below: shape.rank + 1))
        return TensorShape(kept.map { generator.integer(below: 3) == 0 ? 1 : $0 })
    }

    /// Small whole numbers: sums and products of a few are exact in any order.
    mutating func tensor(_ shape: TensorShape) -> Tensor<Double> {
        Tensor((0..<shape.elementCount).map { _ in Double(generator.integer(below: 17) - 8) }, shape: shape)
    }

    /// The same elements behind a layout that is rarely row-major: transposed, stepped over, cut from something larger.
    mutating func disguised(_ tensor: Tensor<Double>) -> Tensor<Double> {
        guard tensor.rank > 0 else { return tensor }
        let order = generator.permutation(tensor.rank)
        var inverse = [Int](repeating: 0, count: tensor.rank)
        for (position, axis) in order.enumerated() { inverse[axis] = position }
        var larger = tensor.permuted(order)
        let axis = generator.integer(below: tensor.rank)
        let extent = larger.shape[axis]
        let step = 1 + generator.integer(below: 3)
        let spread = larger.shape.replacingExtent(axis, extent * step + 2)
        var home = Tensor<Double>(repeating: 99, shape: spread)
        if extent > 0 {
            var entries: [any TensorIndexing] = Array(repeating: 0..., count: tensor.rank)
            entries[axis] = TensorIndex.strided(from: 1, to: 1 + extent * step, by: step)
            home[all: entries] = larger
        }
        larger = home.narrowed(axis: axis, from: 1, count: extent, step: step)
        return larger.permuted(inverse)
    }
}

extension TensorShape {
    /// The shape with another extent at an axis.
    func replacingExtent(_ axis: Int, _ extent: Int) -> TensorShape {
        var result = self
        result[axis] = extent
        return result
    }

    /// Every position in row-major order.
    var positions: [[Int]] {
        var all: [[Int]] = [[]]
        for extent in self { all = all.flatMap { prefix in (0..<extent).map { prefix + [$0] } } }
        return all
    }
}

extension Tensor {
    /// The element at a position, found by single selections only.
    func element(_ position: [Int]) -> Scalar {
        position.reduce(self) { $0.selected(axis: 0, at: $1) }.scalar
    }
}

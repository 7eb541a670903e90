import Autograd
import Tensor
import Testing

@Suite("Gradients of matrix products")
struct MatrixCheckTests {
    static let shapes: [(TensorShape, TensorShape)] = [
        ([3], [3]), ([3], [3, 2]), ([2, 3], [3]), ([2, 3], [3, 4]), ([1, 1], [1, 1]), ([2, 0], [0, 3]),
        ([0, 3], [3, 2]),
        ([2, 3], [3, 0]), ([2, 2, 3], [3, 2]), ([2, 3], [2, 3, 2]), ([2, 2, 3], [2, 3, 1]), ([2, 1, 2, 3], [3, 3, 2]),
        ([1, 2, 3], [4, 3, 2]), ([2, 2, 3], [3]), ([3], [2, 3, 2]), ([0, 2, 3], [3, 2]), ([2, 3, 0], [0, 4]),
        ([2, 3, 0], [2, 0, 4]), ([0], [0]), ([2, 2, 2, 2], [2, 2]),
    ]

    static let cases: [GradientCase] =
        shapes.flatMap { a, b in
            [
                GradientCase("matmul", input(a), input(b)) { $0.matmul($1) },
                GradientCase("matmul with one tracked operand", input(a)) { x in
                    x • V(Tensor(randomNormal: b, key: RandomKey(seed: 3)))
                },
                GradientCase("matmul with one tracked right operand", input(b)) { x in
                    V(Tensor(randomNormal: a, key: RandomKey(seed: 3))) • x
                },
            ]
        }

    static let layouts: [GradientCase] = [
        GradientCase("matmul of transposes", input([3, 2]), input([4, 3])) { $0.transposed() • $1.transposed() },
        GradientCase("matmul of a batch of transposes", input([2, 3, 2]), input([2, 4, 3])) {
            $0.transposed() • $1.transposed()
        },
        GradientCase("matmul of a transposed batch by one matrix", input([2, 3, 2]), input([3, 2])) {
            $0.transposed() • $1
        },
        GradientCase("matmul with itself", input([3, 3])) { $0 • $0 },
        GradientCase("Gram matrix", input([3, 2])) { $0 • $0.transposed() },
        GradientCase("matmul of slices", input([4, 6]), input([6, 4])) {
            $0.narrowed(axis: 1, from: 0, count: 3, step: 2) • $1.narrowed(axis: 0, from: 1, count: 3, step: 2)
        },
        GradientCase("dot", input([4]), input([4])) { $0.dot($1) },
        GradientCase("outer", input([3]), input([2])) { $0.outer($1) },
        GradientCase("outer, empty", input([0]), input([2])) { $0.outer($1) },
    ]

    @Test("products by NumPy's rules", arguments: cases + layouts)
    func checkProducts(_ gradientCase: GradientCase) throws { try gradientCase.check() }

    static let affine: [GradientCase] = [
        GradientCase("linear", input([2, 3]), input([4, 3])) { $0.linear($1) },
        GradientCase("linear with bias", input([2, 3]), input([4, 3]), input([4])) { $0.linear($1, bias: $2) },
        GradientCase("linear of a vector", input([3]), input([2, 3]), input([2])) { $0.linear($1, bias: $2) },
        GradientCase("linear of a batch", input([2, 2, 3]), input([2, 3]), input([2])) { $0.linear($1, bias: $2) },
        GradientCase("linear of no rows", input([0, 3]), input([2, 3]), input([2])) { $0.linear($1, bias: $2) },
        GradientCase("linear of no inputs", input([2, 0]), input([3, 0]), input([3])) { $0.linear($1, bias: $2) },
        GradientCase("linear of no outputs", input([2, 3]), input([0, 3]), input([0])) { $0.linear($1, bias: $2) },
        GradientCase("linear of a transpose", input([3, 2]), input([3, 2])) {
            $0.transposed().linear($1.transposed())
        },
        GradientCase("bilinear", input([2, 3]), input([2, 2]), input([4, 3, 2])) { $0.bilinear($1, weight: $2) },
        GradientCase("bilinear with bias", [input([2, 3]), input([2, 2]), input([2, 3, 2]), input([2])]) {
            $0[0].bilinear($0[1], weight: $0[2], bias: $0[3])
        },
        GradientCase("bilinear of vectors", input([3]), input([2]), input([2, 3, 2])) { $0.bilinear($1, weight: $2) },
    ]

    @Test("affine and bilinear maps", arguments: affine)
    func checkAffine(_ gradientCase: GradientCase) throws { try gradientCase.check() }
}

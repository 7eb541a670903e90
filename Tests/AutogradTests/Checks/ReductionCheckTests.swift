import Autograd
import Tensor
import Testing

@Suite("Gradients of reductions")
struct ReductionCheckTests {
    static let axes: [(TensorShape, [Int]?)] = [
        ([], nil), ([4], nil), ([4], [0]), ([2, 3], [0]), ([2, 3], [-1]), ([2, 3], []), ([2, 3, 2], [0, 2]),
        ([2, 3, 2], [1]), ([2, 3, 2], [-1, 0]), ([2, 3, 2], nil), ([1, 3, 1], [0, 2]), ([1], nil),
    ]
    static let emptyAxes: [(TensorShape, [Int]?)] = [([0], nil), ([2, 0], [1]), ([2, 0], [0]), ([0, 3], [1])]

    static func cases(
        _ name: String, _ range: ClosedRange<Double> = -1.5...1.5, _ axes: [(TensorShape, [Int]?)] = axes,
        _ function: @escaping @Sendable (V, [Int]?, Bool) -> V
    ) -> [GradientCase] {
        axes.flatMap { shape, axes in
            [false, true].map { keep in
                let label = "\(name) over \(axes.map { "\($0)" } ?? "all")\(keep ? ", kept" : "")"
                return GradientCase(label, input(shape, range)) { function($0, axes, keep) }
            }
        }
    }

    static let correctable: [(TensorShape, [Int]?)] = [([4], nil), ([2, 3], [1]), ([3, 2, 2], [0, 2])]
    static let emptyResults: [(TensorShape, [Int]?)] = [([2, 0], [0]), ([0, 3], [1])]

    static let everything: [GradientCase] = [
        cases("sum", -1.5...1.5, axes + emptyAxes) { $0.sum(axes: $1, keepDimensions: $2) },
        cases("mean", -1.5...1.5, axes + emptyResults) { $0.mean(axes: $1, keepDimensions: $2) },
        cases("product", -1.5...1.5, axes + emptyAxes) { $0.product(axes: $1, keepDimensions: $2) },
        cases("maximum") { $0.maximum(axes: $1, keepDimensions: $2) },
        cases("minimum") { $0.minimum(axes: $1, keepDimensions: $2) },
        cases("logSumExp", -1.5...1.5, axes + emptyResults) { $0.logSumExp(axes: $1, keepDimensions: $2) },
        cases("biased variance") { $0.variance(axes: $1, correction: 0, keepDimensions: $2) },
        cases("variance", -1.5...1.5, correctable) { $0.variance(axes: $1, keepDimensions: $2) },
        cases("standardDeviation", -1.5...1.5, correctable) { $0.standardDeviation(axes: $1, keepDimensions: $2) },
        cases("2-norm") { $0.norm(axes: $1, keepDimensions: $2) },
        cases("1-norm") { $0.norm(1, axes: $1, keepDimensions: $2) },
        cases("3-norm") { $0.norm(3, axes: $1, keepDimensions: $2) },
        cases("1.5-norm", 0.2...1.5) { $0.norm(1.5, axes: $1, keepDimensions: $2) },
        cases("0-norm") { $0.norm(0, axes: $1, keepDimensions: $2) },
        cases("infinity norm") { $0.norm(.infinity, axes: $1, keepDimensions: $2) },
        cases("-infinity norm") { $0.norm(-.infinity, axes: $1, keepDimensions: $2) },
        [
            GradientCase("sum axis", input([2, 3])) { $0.sum(axis: -2) },
            GradientCase("mean axis", input([2, 3])) { $0.mean(axis: 0, keepDimensions: true) },
        ],
    ].flatMap { (cases: [GradientCase]) in cases }

    @Test("reductions over lists of axes", arguments: everything)
    func checkReductions(_ gradientCase: GradientCase) throws { try gradientCase.check() }

    static let alongAxis: [GradientCase] = {
        let shapes: [(TensorShape, Int)] = [
            ([5], -1), ([2, 3], 0), ([2, 3], 1), ([2, 3, 2], 1), ([3, 0], 1), ([0, 3], -1), ([2, 1], -1),
        ]
        return shapes.flatMap { shape, axis in
            [
                GradientCase("softmax \(axis)", input(shape)) { $0.softmax(axis: axis) },
                GradientCase("logSoftmax \(axis)", input(shape)) { $0.logSoftmax(axis: axis) },
            ]
        }
    }()

    @Test("softmax and its logarithm along an axis", arguments: alongAxis)
    func checkSoftmax(_ gradientCase: GradientCase) throws { try gradientCase.check() }

    @Test("the gradient of a maximum is split evenly among ties, in both orders")
    func ties() {
        let x = V(Tensor([[1, 3, 3], [2, 2, 2]]))
        let slope = gradient(at: x) { ($0.maximum(axes: [1]) * V(Tensor([6, 9]))).sum() }
        #expect(slope.value == Tensor([[0, 3, 3], [3, 3, 3]]))
        #expect(gradient(at: x) { $0.minimum() }.value == Tensor([[1, 0, 0], [0, 0, 0]]))
        let recorded = gradient(at: V(2)) { s in (gradient(at: x) { ($0 * s).maximum(axes: [1]).sum() }).sum() }
        #expect(abs(recorded.scalar - 2) < 1e-15)
    }

    @Test("a product's gradient is right with one and with two zeros, also when differentiated again")
    func zeros() {
        for (numbers, expected) in [([2.0, 0, 3], [0.0, 6, 0]), ([0, 5, 0], [0, 0, 0])] {
            #expect(gradient(at: V(Tensor(numbers))) { $0.product() }.value.array == expected)
        }
        let curvature = hvp({ $0.product() }, at: V(Tensor([0, 5, 0])), along: V(Tensor([1, 0, 0])))
        #expect(curvature.product.value.array == [0, 0, 5])
    }

    @Test("a row of -infinity has logSumExp -infinity with gradient 0, in both orders")
    func emptyRows() {
        let x = V(Tensor([[-.infinity, -.infinity], [0, -.infinity]]))
        let (value, slope) = valueAndGradient(at: x) {
            $0.logSumExp(axes: [1]).replaced(where: Tensor([true, false]), by: 0).sum()
        }
        #expect(value.scalar == 0)
        #expect(slope.value == Tensor([[0, 0], [1, 0]]))
        #expect(x.logSumExp(axes: [1]).value.array == [-.infinity, 0])
        #expect(gradient(at: x) { $0.logSumExp(axes: [1]).sum() }.value == Tensor([[0, 0], [1, 0]]))
        let product = hvp({ $0.logSumExp(axes: [1]).sum() }, at: x, along: V(Tensor(ones: [2, 2]))).product
        #expect(product.value == Tensor(zeros: [2, 2]))
    }

    @Test("masked logits get gradient 0 from softmax and its logarithm, not NaN")
    func maskedLogits() {
        let x = V(Tensor([[0.5, -.infinity, 1.5]]))
        for function in [{ $0.softmax() }, { $0.softmax().squared() }] as [@Sendable (V) -> V] {
            let slope = gradient(at: x) { function($0)[0, 0].sum() }
            #expect(slope.value.array.allSatisfy { $0.isFinite })
            #expect(slope.value.array[1] == 0)
        }
        let slope = gradient(at: x) { $0.logSoftmax()[0, 0].sum() }
        #expect(slope.value.array.allSatisfy { $0.isFinite })
        #expect(slope.value.array[1] == 0)
    }

    @Test("the norm of a zero vector has gradient 0")
    func zeroNorm() {
        for p in [0.0, 1, 1.5, 2, 3] {
            #expect(gradient(at: V(Tensor(zeros: [3]))) { $0.norm(p) }.value.array == [0, 0, 0])
        }
    }
}

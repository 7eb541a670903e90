import Autograd
import Tensor
import Testing

@Suite("Gradients of indexing, sorting and running reductions")
struct IndexingCheckTests {
    static let duplicates = Tensor<Int64>([2, 0, 2, 2])
    static let table = Tensor<Int64>([[2, 0, 1, 2], [0, 0, 0, 1]])

    static let indexing: [GradientCase] = [
        GradientCase("indexSelected", input([3, 2])) { $0.indexSelected(axis: 0, duplicates) },
        GradientCase("indexSelected, last axis", input([2, 3])) { $0.indexSelected(axis: -1, duplicates) },
        GradientCase("indexSelected, none", input([3, 2])) { $0.indexSelected(axis: 0, Tensor(zeros: [0])) },
        GradientCase("indexAdded", input([3, 2]), input([4, 2])) { $0.indexAdded(axis: 0, duplicates, source: $1) },
        GradientCase("gathered", input([2, 3])) { $0.gathered(axis: 1, table) },
        GradientCase("gathered from a larger tensor", input([4, 3])) { $0.gathered(axis: 1, table) },
        GradientCase("scatterAdded", input([2, 3]), input([2, 4])) { $0.scatterAdded(axis: 1, table, source: $1) },
        GradientCase("scatterAdded from a part", input([3, 3]), input([2, 5])) {
            $0.scatterAdded(axis: 1, table, source: $1)
        },
        GradientCase("scattered", input([2, 3]), input([2, 4])) { $0.scattered(axis: 1, table, source: $1) },
        GradientCase("scattered from a part", input([3, 4]), input([3, 6])) {
            $0.scattered(axis: 1, table, source: $1)
        },
        GradientCase("rows", input([3, 2])) { $0.rows(duplicates) },
        GradientCase("rows of a matrix of ids", input([3, 2])) { $0.rows(table) },
        GradientCase("rows, no ids", input([3, 2])) { $0.rows(Tensor(zeros: [2, 0])) },
        GradientCase("maskedSelected", input([2, 3])) {
            $0.maskedSelected(Tensor([true, false, true, false, false, true], shape: [2, 3]))
        },
        GradientCase("maskedSelected, nothing", input([2, 3])) { $0.maskedSelected(Tensor(zeros: [2, 3])) },
        GradientCase("subscript with a number", input([3, 4])) { $0[1] },
        GradientCase("subscript with ranges", input([3, 4])) { $0[1..<3, 0..<2] },
        GradientCase("subscript with indices", input([3, 4])) { $0[duplicates, 1] },
    ]

    @Test("picking elements, with duplicates and without any", arguments: indexing)
    func checkIndexing(_ gradientCase: GradientCase) throws { try gradientCase.check() }

    @Test("a padding row gets no gradient, in both orders")
    func paddingRow() {
        let weights = V(Tensor([[1, 2], [3, 4], [5, 6]]))
        let slope = gradient(at: weights) { $0.rows(Self.duplicates, paddingID: 0).sum() }
        #expect(slope.value == Tensor([[0, 0], [0, 0], [3, 3]]))
        let product = hvp({ $0.rows(Self.duplicates, paddingID: 0).squared().sum() }, at: weights, along: weights)
        #expect(product.product.value == Tensor([[0, 0], [0, 0], [30, 36]]))
    }

    static let sorting: [GradientCase] = [-1, 0, 1].flatMap { axis in
        [
            GradientCase("sorted \(axis)", input([3, 4])) { $0.sorted(axis: axis).values },
            GradientCase("sorted, descending \(axis)", input([3, 4])) {
                $0.sorted(axis: axis, descending: true).values
            },
            GradientCase("topK \(axis)", input([3, 4])) { $0.topK(2, axis: axis).values },
            GradientCase("topK of the smallest \(axis)", input([3, 4])) {
                $0.topK(2, axis: axis, largest: false).values
            },
            GradientCase("topK of none \(axis)", input([3, 4])) { $0.topK(0, axis: axis).values },
            GradientCase("maximumWithIndex \(axis)", input([3, 4])) { $0.maximumWithIndex(axis: axis).values },
            GradientCase("minimumWithIndex \(axis)", input([3, 4])) { $0.minimumWithIndex(axis: axis).values },
            GradientCase("median \(axis)", input([3, 4])) { $0.median(axis: axis).values },
        ]
    }

    @Test("sorting and order statistics", arguments: sorting)
    func checkSorting(_ gradientCase: GradientCase) throws { try gradientCase.check() }

    @Test("of equal elements the first gets the whole gradient")
    func firstOfTies() {
        let x = V(Tensor([[2, 5, 5], [1, 1, 0]]))
        #expect(
            gradient(at: x) { $0.maximumWithIndex(axis: 1).values.sum() }.value == Tensor([[0, 1, 0], [1, 0, 0]]))
        #expect(gradient(at: x) { $0.topK(1).values.sum() }.value == Tensor([[0, 1, 0], [1, 0, 0]]))
    }

    static let running: [GradientCase] = {
        let shapes: [(TensorShape, Int)] = [
            ([4], 0), ([2, 3], 0), ([2, 3], -1), ([2, 3, 2], 1), ([1], 0), ([3, 0], 1), ([0, 2], 1),
        ]
        return shapes.flatMap { shape, axis in
            [
                GradientCase("cumulativeSum \(axis)", input(shape)) { $0.cumulativeSum(axis: axis) },
                GradientCase("cumulativeProduct \(axis)", input(shape)) { $0.cumulativeProduct(axis: axis) },
                GradientCase("cumulativeLogSumExp \(axis)", input(shape)) { $0.cumulativeLogSumExp(axis: axis) },
                GradientCase("cumulativeMaximum \(axis)", input(shape)) { $0.cumulativeMaximum(axis: axis).values },
                GradientCase("cumulativeMinimum \(axis)", input(shape)) { $0.cumulativeMinimum(axis: axis).values },
            ]
        }
    }()

    @Test("running reductions", arguments: running)
    func checkRunning(_ gradientCase: GradientCase) throws { try gradientCase.check() }

    @Test("running products are differentiated rightly through zeros")
    func runningZeros() throws {
        try gradientCheck({ $0.cumulativeProduct(axis: 0) }, at: V(Tensor([2, 0, 3, 0, 5])))
    }

    @Test("running logSumExp starts at -infinity without NaN in the gradient")
    func runningInfinity() {
        let x = V(Tensor([-.infinity, -.infinity, 0.5, 1]))
        let slope = gradient(at: x) { $0.cumulativeLogSumExp(axis: 0)[2...].sum() }
        #expect(slope.value.array.allSatisfy { $0.isFinite })
        #expect(slope.value.array[0...1] == [0, 0])
    }
}

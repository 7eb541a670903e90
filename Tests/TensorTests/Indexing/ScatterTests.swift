import Tensor
import Testing

@Suite("Gather and scatter")
struct ScatterTests {
    /// Numbers that look arbitrary and are small integers, so that sums are exact in any order.
    static func numbers(_ shape: TensorShape, _ modulus: Int, seed: Int = 1) -> Tensor<Float> {
        let count = shape.elementCount
        return Tensor<Float>(count: count) { Float(($0 &* 7919 &+ seed &* 104_729) % 10_007 % modulus) }.reshaped(shape)
    }

    @Test("adding rows is the adjoint of taking rows", arguments: [1, 3, 64, 257, 768])
    func embeddingAdjoint(_ width: Int) {
        let table = Self.numbers([50, width], 11)
        let ids = Tensor<Int64>(Self.numbers([40, 5], 50, seed: 3))
        let cotangent = Self.numbers([40, 5, width], 7, seed: 5)
        let gradient = Tensor<Float>(zeros: table.shape).addingRows(cotangent, at: ids)
        #expect((table.rows(ids) * cotangent).sum() == (table * gradient).sum())
    }

    @Test("results do not depend on the number of threads")
    func threads() {
        let table = Tensor<Float>(zeros: [300, 512])
        let ids = Tensor<Int64>(Self.numbers([4000], 300))
        let rows = Self.numbers([4000, 512], 1000) / 3
        let wide = Tensor<Int64>(Self.numbers([300, 700], 512))
        let values = Self.numbers([300, 700], 1000) / 7
        let threads = Parallelism.threadCount
        var results: [[Tensor<Float>]] = []
        for count in [1, 2, 5] {
            Parallelism.threadCount = count
            let columns = ids.narrowed(axis: 0, from: 0, count: 512).clamped(to: 0...299)
            results.append([
                table.addingRows(rows, at: ids), table.scatterAdded(axis: 1, wide, source: values),
                table.transposed().indexAdded(
                    axis: 1, columns, source: rows.narrowed(axis: 0, from: 0, count: 512).transposed()),
                table.rows(ids), rows.gathered(axis: 1, wide), rows[ids.narrowed(axis: 0, from: 0, count: 9)],
            ])
        }
        Parallelism.threadCount = threads
        #expect(results[0] == results[1])
        #expect(results[0] == results[2])
    }

    @Test("the last of several writes wins")
    func lastWriteWins() {
        let zeros = Tensor<Int32>(zeros: [2, 3])
        let indices = Tensor<Int64>([[1, 1, 1], [0, 2, 0]])
        let source = Tensor<Int32>([[1, 2, 3], [4, 5, 6]])
        #expect(zeros.scattered(axis: 1, indices, source: source) == Tensor([[0, 3, 0], [6, 0, 5]]))
    }

    @Test("an index tensor may be smaller than the tensors it works on")
    func smallIndices() {
        let zeros = Tensor<Double>(zeros: [3, 3])
        let source = Tensor<Double>([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
        #expect(
            zeros.scatterAdded(axis: 0, Tensor<Int64>([[2, 0]]), source: source)
                == Tensor([[0, 2, 0], [0, 0, 0], [1, 0, 0]]))
        #expect(source.gathered(axis: 0, Tensor<Int64>([[2, 0]])) == Tensor([[7, 2]]))
    }

    @Test("integers wrap around when added at indices")
    func wraparound() {
        let byte = Tensor<UInt8>([250]).scatterAdded(axis: 0, Tensor<Int64>([0]), source: Tensor<UInt8>([10]))
        #expect(byte == Tensor([4]))
        let word = Tensor<Int32>([.max]).indexAdded(axis: 0, Tensor<Int64>([0]), source: Tensor<Int32>([1]))
        #expect(word == Tensor([.min]))
    }

    @Test("NaN wins a scattered maximum and minimum")
    func scatteredNaN() {
        let one = Tensor<Float>([1])
        let indices = Tensor<Int64>([0, 0])
        for reduction in [ScatterReduction.maximum, .minimum] {
            let result = one.scatterReduced(axis: 0, indices, source: Tensor<Float>([.nan, 5]), by: reduction)
            #expect(result.scalar.isNaN)
        }
    }

    @Test("empty tensors pass through", arguments: [[0, 3], [3, 0]])
    func empty(_ extents: [Int]) {
        let shape = TensorShape(extents)
        let tensor = Tensor<Float>(zeros: shape)
        let none = Tensor<Int64>(zeros: [0])
        #expect(tensor.indexSelected(axis: 0, none).shape == [0, extents[1]])
        #expect(tensor.rows(none).shape == [0, extents[1]])
        #expect(tensor.nonzero().shape == [0, 2])
        #expect(tensor.maskedSelected(tensor .== 0).shape == [0])
        #expect(tensor.flipped(axes: [0, 1]).shape == shape)
        #expect(tensor.gathered(axis: 1, Tensor<Int64>(zeros: [0, 0])).shape == [0, 0])
        #expect(tensor.tril().shape == shape)
    }
}

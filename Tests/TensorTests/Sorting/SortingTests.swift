import Tensor
import Testing

@Suite("Sorting and order statistics")
struct SortingTests {
    static func values(_ count: Int, distinct: Int) -> Tensor<Float> {
        Tensor<Float>(count: count) { Float(($0 &* 48_271 % 65_537) % distinct) - Float(distinct / 2) }
    }

    @Test("the k first of a selection are the k first of a sort", arguments: [1, 2, 100, 255, 1000, 5000], [3, 1000])
    func selectionIsSort(_ count: Int, _ distinct: Int) {
        let row = Self.values(count, distinct: distinct)
        for k in Set([0, 1, count / 3, count - 1, count]) {
            for largest in [true, false] {
                let sorted = row.argsorted(descending: largest).narrowed(axis: 0, from: 0, count: k)
                let top = row.topK(k, largest: largest)
                #expect(top.indices == sorted)
                #expect(top.values == row.indexSelected(axis: 0, sorted))
                let wide = Tensor<Double>(row).topK(k, largest: largest)
                #expect(wide.indices == sorted)
                let unordered = row.topK(k, largest: largest, sorted: false).indices
                #expect(unordered == sorted.sorted().values)
            }
        }
    }

    @Test("sorting permutes, keeps ties in order and runs backwards from NaN", arguments: [7, 256, 4000])
    func sortLaws(_ count: Int) {
        var row = Self.values(count, distinct: 9)
        row[count / 2] = .nan
        for descending in [false, true] {
            let (values, indices) = row.sorted(descending: descending)
            #expect(indices.sorted().values == .arange(Int64(count)))
            let array = values.array
            let positions = indices.array
            #expect(array[descending ? 0 : count - 1].isNaN)
            for i in 1..<count where !array[i].isNaN && !array[i - 1].isNaN {
                #expect(descending ? array[i - 1] >= array[i] : array[i - 1] <= array[i])
                if array[i] == array[i - 1] { #expect(positions[i - 1] < positions[i]) }
            }
        }
    }

    @Test("every element type sorts like its numbers")
    func types() {
        let numbers: [Double] = [3, 0, 7, 1, 1, 100]
        let expected: [Double] = [0, 1, 1, 3, 7, 100]
        let source = Tensor<Double>(numbers)
        #expect(Tensor<Double>(Tensor<UInt8>(source).sorted().values).array == expected)
        #expect(Tensor<Double>(Tensor<Int64>(source).sorted().values).array == expected)
        #expect(Tensor<Double>(Tensor<Float16>(source).sorted().values).array == expected)
        #expect(Tensor<Double>(Tensor<BFloat16>(source).sorted().values).array == expected)
        #expect(Tensor<Bool>([true, false, true]).sorted().values == Tensor([false, true, true]))
        let extremes = Tensor<Int64>([.max, -1, .min, 0])
        #expect(extremes.sorted(descending: true).values == Tensor([.max, 0, -1, .min]))
    }

    @Test("NaN is the largest element of a selection")
    func topNaN() {
        let row = Tensor<Float>([1, .nan, 3, -.infinity])
        #expect(row.topK(2).indices == Tensor([1, 2]))
        #expect(row.topK(3, largest: false).indices == Tensor([3, 0, 2]))
    }

    @Test("the median of an even count is the lower middle, and NaN if any element is")
    func median() {
        let table = Tensor<Float>([[4, 1, 3, 2], [1, .nan, 0, .nan]])
        let (values, indices) = table.median(axis: 1)
        #expect(values[0].scalar == 2)
        #expect(values[1].scalar.isNaN)
        #expect(indices == Tensor([3, 1]))
        #expect(Tensor<Int32>([5, 3, 9]).median() == Tensor(5))
    }

    @Test("a quantile of infinite elements needs no difference of infinities")
    func infiniteQuantile() {
        #expect(Tensor<Double>([.infinity, .infinity, .infinity]).quantile(0.3).scalar == .infinity)
        #expect(Tensor<Double>([1, .nan]).quantile(0).scalar.isNaN)
    }

    @Test("unique values restore the tensor")
    func uniqueInverse() {
        let table = Self.values(600, distinct: 13).reshaped([20, 30] as TensorShape)
        let (values, inverse, counts) = table.unique()
        #expect(values[inverse] == table)
        #expect(counts.sum().scalar == 600)
        let zeros = Tensor<Float>([0, -0.0, .nan, .nan]).unique()
        #expect(zeros.counts == Tensor([2, 2]))
    }

    @Test("rows of a sorted table are searched separately")
    func rowSearch() {
        let table = Tensor<Int32>([[1, 3, 5], [2, 2, 2]])
        let wanted = Tensor<Int32>([[3, 6], [2, 1]])
        #expect(table.searchSorted(wanted) == Tensor([[1, 3], [0, 0]]))
        #expect(table.searchSorted(wanted, right: true) == Tensor([[2, 3], [3, 0]]))
    }

    @Test("empty axes sort to empty axes")
    func empty() {
        let tensor = Tensor<Float>(zeros: [3, 0])
        #expect(tensor.sorted().values.shape == [3, 0])
        #expect(tensor.sorted(axis: 0).indices.shape == [3, 0])
        #expect(tensor.topK(0).values.shape == [3, 0])
        #expect(Tensor<Float>(zeros: [0]).unique().counts.shape == [0])
        #expect(Tensor<Int64>(zeros: [0]).binCount(minimumLength: 2) == Tensor([0, 0]))
    }
}

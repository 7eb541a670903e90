import Tensor
import Testing

@Suite("Subscripts")
struct SubscriptTests {
    let matrix = Tensor<Float>([[0, 1, 2, 3], [10, 11, 12, 13], [20, 21, 22, 23]])

    @Test("every kind of entry can be written in brackets")
    func spelling() {
        #expect(matrix[1] == Tensor([10, 11, 12, 13]))
        #expect(matrix[-1, 0] == Tensor(20))
        #expect(matrix[1..., ..<2] == Tensor([[10, 11], [20, 21]]))
        #expect(matrix[...1, (-2)...] == Tensor([[2, 3], [12, 13]]))
        #expect(matrix[0..<1, 1...2] == Tensor([[1, 2]]))
        #expect(matrix[(-2)...(-1), 0] == Tensor([10, 20]))
        #expect(matrix[..<(-1), 0] == Tensor([0, 10]))
        #expect(matrix[.ellipsis, 2] == Tensor([2, 12, 22]))
        #expect(matrix[.all, .newAxis, 2].shape == [3, 1])
        #expect(matrix[.strided(from: 2, to: 0, by: -1), .strided(by: 3)] == Tensor([[20, 23], [10, 13]]))
        #expect(matrix[Tensor<Int32>([2, 0]), 1] == Tensor([21, 1]))
        #expect(matrix[.all, Tensor<Int64>([1, -1])] == Tensor([[1, 3], [11, 13], [21, 23]]))
        #expect(matrix[matrix .> 20] == Tensor([21, 22, 23]))
        let element: Float = matrix[1, 2]
        #expect(element == 12)
    }

    @Test("writing changes one tensor and leaves its copies alone")
    func valueSemantics() {
        var changed = matrix
        let copy = changed
        let row = changed[1]
        changed[1] = Tensor([7, 7, 7, 7])
        changed[.all, 0] = 5
        changed[changed .== 22] += Tensor(100)
        changed[Tensor<Int32>([0, 0]), 1] = Tensor([8, 9])
        #expect(changed == Tensor([[5, 9, 2, 3], [5, 7, 7, 7], [5, 21, 122, 23]]))
        #expect(copy == matrix)
        #expect(row == Tensor([10, 11, 12, 13]))
    }

    @Test("a part can be written over another part of the same tensor")
    func overlappingParts() {
        var rows = matrix
        rows[1...] = rows[..<2]
        #expect(rows == Tensor([[0, 1, 2, 3], [0, 1, 2, 3], [10, 11, 12, 13]]))
        rows[.strided(by: -1)] = rows
        #expect(rows == Tensor([[10, 11, 12, 13], [0, 1, 2, 3], [0, 1, 2, 3]]))
    }

    @Test("views of views and of broadcasts are indexed by their own shape")
    func viewsOfViews() {
        let turned = matrix.transposed()
        #expect(turned[1..., 1][Tensor<Int64>([2, 0])] == Tensor([13, 11]))
        #expect(turned[Tensor<Int64>([3]), .all] == Tensor([[3, 13, 23]]))
        var wide = Tensor<Float>([1, 2]).broadcast(to: [3, 2])
        wide[0] = 0
        #expect(wide == Tensor([[0, 0], [1, 2], [1, 2]]))
    }

    @Test("indices out of range stop the program")
    func outOfRange() async {
        await #expect(processExitsWith: .failure) { _ = Tensor<Float>(zeros: [2, 3])[2] }
        await #expect(processExitsWith: .failure) { _ = Tensor<Float>(zeros: [2, 3])[0, 0..<4] }
        await #expect(processExitsWith: .failure) { _ = Tensor<Float>(zeros: [2, 3])[0, 0, 0] }
        await #expect(processExitsWith: .failure) { _ = Tensor<Float>(zeros: [2, 3])[Tensor<Int64>([0, 2])] }
        await #expect(processExitsWith: .failure) { _ = Tensor<Float>(zeros: [2, 3])[Tensor<Int64>([-3])] }
        await #expect(processExitsWith: .failure) { _ = Tensor<Float>(zeros: [2, 3])[Tensor<Bool>([true])] }
        await #expect(processExitsWith: .failure) {
            var zeros = Tensor<Float>(zeros: [2, 3])
            zeros[0] = Tensor([1, 2])
        }
        await #expect(processExitsWith: .failure) {
            _ = Tensor<Float>(zeros: [2, 3]).gathered(axis: 1, Tensor<Int64>([[-1]]))
        }
        await #expect(processExitsWith: .failure) {
            _ = Tensor<Float>(zeros: [2, 3]).scatterAdded(
                axis: 1, Tensor<Int64>([[3]]), source: Tensor<Float>(ones: [1, 1]))
        }
        await #expect(processExitsWith: .failure) { _ = Tensor<Float>(zeros: [2, 3]).rows(Tensor<Int32>([5])) }
    }
}

import Tensor
import Testing

@Suite("Creation")
struct CreationTests {
    @Test("integer ranges are exact up to the largest integer")
    func integerRanges() {
        let end = Int64.max
        #expect(Tensor<Int64>.arange(end - 2, end) == Tensor([end - 2, end - 1]))
        #expect(Tensor<UInt8>.arange(250, 255, by: 4) == Tensor([250, 254]))
        #expect(Tensor<Int32>.arange(3, -3, by: -2) == Tensor([3, 1, -1]))
    }

    @Test("both ends of a linear range are exact")
    func linearEnds() {
        let range = Tensor<Float>.linspace(0.1, 0.7, count: 1001).array
        #expect(range.first == 0.1)
        #expect(range.last == 0.7)
    }

    @Test("a matrix on a diagonal has its vector there", arguments: [-2, 0, 3])
    func diagonals(_ offset: Int) {
        let rows = Tensor<Float>([[1, 2, 3], [4, 5, 6]])
        let embedded = rows.diagonalEmbedded(offset: offset)
        #expect(embedded.shape == [2, 3 + abs(offset), 3 + abs(offset)])
        #expect(embedded.diagonal(offset: offset) == rows)
        #expect(embedded.sum() == rows.sum())
    }

    @Test("triangles of a matrix add up to it")
    func triangles() {
        let matrix = Tensor<Int64>.arange(24).reshaped([2, 3, 4] as TensorShape)
        for diagonal in -4...5 {
            #expect(matrix.tril(diagonal: diagonal) + matrix.triu(diagonal: diagonal + 1) == matrix)
        }
        #expect(Tensor<Bool>.lowerTriangle(rows: 2, columns: 2) == Tensor([[true, false], [true, true]]))
    }

    @Test("an id outside the classes stops the program")
    func oneHotRange() async {
        await #expect(processExitsWith: .failure) { _ = Tensor<Float>.oneHot(Tensor<Int64>([3]), classes: 3) }
        await #expect(processExitsWith: .failure) { _ = Tensor<Float>.arange(0, 1, by: 0) }
    }
}

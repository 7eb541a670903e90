import Tensor
import Testing

@Suite("Joining and padding")
struct PaddingTests {
    @Test("the adjoint of padding satisfies <pad x, y> = <x, adjoint y>", arguments: PaddingMode.allCases)
    func adjoint(_ mode: PaddingMode) {
        let x = Tensor<Double>(count: 24) { Double($0 * $0 % 17) }.reshaped([2, 3, 4] as TensorShape)
        for amounts in [[1, 2], [0, 3, 2, 1], [3, 0, 2, 2, 1, 0]] {
            let padded = x.padded(amounts, mode: mode)
            let y = Tensor<Double>(count: padded.count) { Double($0 * 31 % 23) }.reshaped(padded.shape)
            let adjoint = y.padAdjoint(amounts, mode: mode)
            #expect(adjoint.shape == x.shape)
            #expect((padded * y).sum().scalar == (x * adjoint).sum().scalar)
        }
    }

    @Test("negative amounts crop")
    func crop() {
        let row = Tensor<Int32>([1, 2, 3, 4])
        #expect(row.padded([-1, 2], value: 9) == Tensor([2, 3, 4, 9, 9]))
        #expect(Tensor<Int32>([2, 3, 4, 9, 9]).padAdjoint([-1, 2]) == Tensor([0, 2, 3, 4]))
    }

    @Test("what cannot be mirrored stops the program")
    func tooMuch() async {
        await #expect(processExitsWith: .failure) { _ = Tensor<Float>([1, 2]).padded([2, 0], mode: .reflect) }
        await #expect(processExitsWith: .failure) { _ = Tensor<Float>([1, 2]).padded([3, 0], mode: .circular) }
        await #expect(processExitsWith: .failure) { _ = Tensor<Float>(zeros: [0]).padded([1, 0], mode: .replicate) }
    }

    @Test("parts put together again are the whole", arguments: [0, 1, 2, -1])
    func splitAndJoin(_ axis: Int) {
        let whole = Tensor<Int64>.arange(120).reshaped([4, 5, 6] as TensorShape).transposed()
        let extent = whole.shape[axis]
        #expect(Tensor.concatenated(whole.split(sizes: [1, 0, extent - 1], axis: axis), axis: axis) == whole)
        #expect(Tensor.concatenated(whole.chunked(3, axis: axis), axis: axis) == whole)
        #expect(whole.rolled(by: 2, axis: axis).rolled(by: -2, axis: axis) == whole)
        #expect(whole.flipped(axis: axis).flipped(axis: axis) == whole)
    }

    @Test("there may be fewer chunks than asked for")
    func chunks() {
        let parts = Tensor<Int64>.arange(9).chunked(4)
        #expect(parts.map(\.count) == [3, 3, 3])
        #expect(Tensor<Int64>.arange(0).chunked(3).map(\.count) == [0])
    }

    @Test("tiling is concatenation with itself")
    func tiling() {
        let table = Tensor<Float>([[1, 2], [3, 4]]).transposed()
        let row = Tensor.concatenated([table, table, table], axis: 1)
        #expect(table.tiled([2, 3]) == Tensor.concatenated([row, row], axis: 0))
        #expect(table.tiled([2, 1, 1]) == Tensor.stacked([table, table]))
        #expect(Tensor<Float>(5).tiled([3]) == Tensor([5, 5, 5]))
    }
}

import Tensor
import Testing

@Suite("Indices out of range and undefined arithmetic stop the program with a message")
struct IndexTrapTests {
    @Test("positions of views")
    func views() async {
        var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [2, 3]).selected(axis: 1, at: 3)
        }
        expectMessage(result, "selected: index 3 is out of range for axis 1 of the shape [2, 3]")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [2, 3]).narrowed(axis: 1, from: 1, count: 2, step: 2)
        }
        expectMessage(result, "narrowed: 2 positions from 1 in steps of 2 leave axis 1 of [2, 3]")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [2, 3]).narrowed(axis: 1, from: 1, count: .max, step: .max)
        }
        expectMessage(result, "narrowed: 9223372036854775807 positions from 1 in steps of 9223372036854775807 leave")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [5]).windows(axis: 0, size: 6, step: 1)
        }
        expectMessage(result, "windows: windows of 6 in steps of 1 do not fit axis 0 of the shape [5]")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [2, 3]).squeezed(1)
        }
        expectMessage(result, "squeezed: axis 1 of the shape [2, 3] has extent 3, not 1")
    }

    @Test("a single position may have any step")
    func hugeStep() {
        let x = Tensor<Int64>.arange(6).reshaped([2, 3] as TensorShape)
        #expect(x.narrowed(axis: 1, from: 2, count: 1, step: .max) == Tensor([[2], [5]]))
        #expect(x.windows(axis: 1, size: 3, step: .max).shape == [2, 1, 3])
    }

    @Test("subscripts")
    func subscripts() async {
        var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [2, 3])[-3] as Tensor<Float>
        }
        expectMessage(result, "subscript: index -3 is out of range for axis 0 of the shape [2, 3]")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [2, 3])[0, 0, 0] as Tensor<Float>
        }
        expectMessage(result, "subscript: 3 axes are indexed, but the shape [2, 3] has 2")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            var a = Tensor<Float>(zeros: [2, 3])
            a[0] = Tensor([1, 2])
        }
        expectMessage(result, "subscript: a value of shape [2] does not broadcast to the part's shape [3]")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [2, 3])[Tensor<Int64>([0, 2])] as Tensor<Float>
        }
        expectMessage(result, "subscript: the index 2 at position 1 of an index tensor of shape [2] is out of range")
    }

    @Test("tensors of indices: nothing is read outside")
    func tensorIndices() async {
        var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [3, 2]).indexSelected(axis: 0, Tensor<Int64>([1, 3]))
        }
        expectMessage(
            result,
            "indexSelected: the index 3 at position 1 of an index tensor of shape [2] is out of range for axis 0 of the "
                + "shape [3, 2]")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [2, 2]).gathered(axis: 1, Tensor<Int64>([[0, .min]]))
        }
        expectMessage(result, "gathered: the index -9223372036854775808 at position 1")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [2]).scatterAdded(axis: 0, Tensor<Int64>([7]), source: Tensor([1]))
        }
        expectMessage(result, "scatterAdded: the index 7 at position 0")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [5, 2]).rows(Tensor<Int32>([[0, 5]]))
        }
        expectMessage(result, "rows: the index 5 at position 1 of an index tensor of shape [1, 2] is out of range")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [3]).topK(4)
        }
        expectMessage(result, "topK: 4 elements cannot be taken from axis -1 of the shape [3]")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>.oneHot(Tensor<Int64>([3]), classes: 3)
        }
        expectMessage(result, "oneHot: the index 3 at position 0")
    }

    @Test("integer division by zero")
    func division() async {
        var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Int64>([1, 2]).floorDivided(by: Tensor([1, 0]))
        }
        expectMessage(result, "floorDivided: integer division by zero")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Int32>([1, 2]).remainder(dividingBy: Tensor(0))
        }
        expectMessage(result, "remainder: integer division by zero")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<UInt8>([1, 2]).truncatingRemainder(dividingBy: Tensor(0))
        }
        expectMessage(result, "truncatingRemainder: integer division by zero")
    }

    @Test("arithmetic that overflows wraps, and the smallest integer over -1 does too")
    func wrapping() {
        #expect(Tensor<Int64>([.max]) + 1 == Tensor([.min]))
        #expect(Tensor<Int32>([.min]) - 1 == Tensor([.max]))
        #expect(Tensor<UInt8>([200]) * 2 == Tensor([144]))
        #expect(Tensor<Int64>([.min]).floorDivided(by: Tensor([-1])) == Tensor([.min]))
        #expect(Tensor<Int32>([.min]).floorDivided(by: Tensor([-1])) == Tensor([.min]))
        #expect(Tensor<Int64>([.min]).remainder(dividingBy: Tensor([-1])) == Tensor([0]))
        #expect(Tensor<Int64>([.min]).truncatingRemainder(dividingBy: Tensor([-1])) == Tensor([0]))
        #expect(Tensor<Int32>([.min]).abs() == Tensor([.min]))
        #expect(-Tensor<Int64>([.min]) == Tensor([.min]))
    }
}

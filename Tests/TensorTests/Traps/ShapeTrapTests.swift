import Tensor
import Testing

/// Requires that a program stopped with a message on its standard error.
func expectMessage(_ result: ExitTest.Result?, _ message: String, _ location: SourceLocation = #_sourceLocation) {
    guard let result else { return }
    let text = String(decoding: result.standardErrorContent, as: UTF8.self)
    #expect(text.contains("Fatal error: " + message), "printed: \(text.prefix(500))", sourceLocation: location)
}

@Suite("Shapes that do not fit stop the program with the operation, the shapes and the rule")
struct ShapeTrapTests {
    @Test("operands that do not broadcast")
    func broadcast() async {
        var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [3, 4]) + Tensor<Float>(zeros: [5])
        }
        expectMessage(result, "+: cannot broadcast [3, 4] with [5]: axis -1 is 4 and 5")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ =
                Tensor<Int64>(zeros: [2, 1, 3]).maximum(Tensor(zeros: [4, 2, 3]))
                * Tensor(zeros: [3, 2, 3])
        }
        expectMessage(result, "*: cannot broadcast [4, 2, 3] with [3, 2, 3]: axis -3 is 4 and 3")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [0]) .< Tensor<Float>(zeros: [2])
        }
        expectMessage(result, ".<: cannot broadcast [0] with [2]: axis -1 is 0 and 2")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            var a = Tensor<Float>(zeros: [1, 3])
            a += Tensor(zeros: [2, 3])
        }
        expectMessage(result, "+=: the shape [2, 3] does not broadcast to the shape [1, 3] of the left-hand side")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [2, 3]).broadcast(to: [3])
        }
        expectMessage(result, "broadcast: the shape [2, 3] does not broadcast to [3]")
    }

    @Test("axes out of range")
    func axes() async {
        var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [2, 3]).sum(axes: [2])
        }
        expectMessage(result, "sum: axis 2 is out of range for the shape [2, 3]")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [2, 3]).softmax(axis: -3)
        }
        expectMessage(result, "softmax: axis -3 is out of range for the shape [2, 3]")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [2, 3]).transposed(0, 2)
        }
        expectMessage(result, "transposed: axis 2 is out of range for the shape [2, 3]")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [2, 3]).shape[5]
        }
        expectMessage(result, "axis 5 is out of range for the shape [2, 3], which has 2 axes")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [2, 3]).mean(axes: [0, -2])
        }
        expectMessage(result, "mean: axis -2 is named twice in [0, -2]")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [2, 3]).permuted([0, 0])
        }
        expectMessage(result, "permuted: [0, 0] does not list every axis of the shape [2, 3] once")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [2, 0]).maximum(axes: [1])
        }
        expectMessage(result, "maximum: no element to choose from along an empty axis of the shape [2, 0]")
    }

    @Test("element counts that differ, and negative extents")
    func counts() async {
        var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [2, 3]).reshaped([4, 2])
        }
        expectMessage(result, "reshaped: the shape [2, 3] has 6 elements, the shape [4, 2] 8")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [2, 3]).reshaped([-1, 4])
        }
        expectMessage(result, "reshaped: the shape [2, 3] has 6 elements, the shape [1, 4] 4")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [2, 3]).reshaped([-1, -1])
        }
        expectMessage(result, "reshaped: cannot give a tensor of shape [2, 3] the shape")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>([1, 2, 3], shape: [2, 2])
        }
        expectMessage(result, "Tensor(_:shape:): 3 elements do not fill the shape [2, 2]")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [2, -3])
        }
        expectMessage(result, "the shape [2, -3] has a negative extent at axis 1")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [2, 3]).scalar
        }
        expectMessage(result, "scalar: a tensor of shape [2, 3] has 6 elements, not 1")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>([[1, 2], [3]])
        }
        expectMessage(result, "Tensor(_:): the rows have different lengths, 2 and 1")
    }

    @Test("element counts beyond memory are refused before anything is allocated")
    func overflow() async {
        var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [1 << 32, 1 << 32])
        }
        expectMessage(result, "the shape [4294967296, 4294967296] has more elements than memory can hold")
        // The product wraps around to 0, the count of an empty tensor.
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [0]).reshaped([1 << 32, 1 << 32])
        }
        expectMessage(result, "reshaped: the shape [4294967296, 4294967296] has more elements than memory can hold")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let long = Tensor<Float>(1).broadcast(to: [1 << 40, 1])
            _ = long + Tensor<Float>(1).broadcast(to: [1 << 40])
        }
        expectMessage(result, "the shape [1099511627776, 1099511627776] has more elements than memory can hold")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            var shape: TensorShape = [1]
            shape[0] = -1
            _ = Tensor<Float>(zeros: [1]).broadcast(to: shape)
        }
        expectMessage(result, "broadcast: the shape [-1] has a negative extent at axis 0")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [1, 1, 1, 1, 1, 1, 1, 1, 1])
        }
        expectMessage(result, "a tensor has at most 8 axes")
    }

    @Test("an allocation that the machine refuses names the bytes")
    func allocation() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [1 << 52])
        }
        expectMessage(result, "out of memory: could not allocate 18014398509481984 bytes for a tensor")
    }

    @Test("inner extents of a matrix product")
    func products() async {
        var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [2, 3]) • Tensor<Float>(zeros: [4, 5])
        }
        expectMessage(result, "matmul: the inner extents of [2, 3] and [4, 5] differ: 3 and 4")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [2, 2, 3]).matmul(Tensor(zeros: [3, 3, 5]))
        }
        expectMessage(result, "matmul: cannot broadcast [2] with [3]: axis -1 is 2 and 3")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(3) • Tensor<Float>(zeros: [4])
        }
        expectMessage(result, "matmul: a scalar cannot be multiplied as a matrix (shapes [] and [4])")
    }

    @Test("parts to be joined that differ")
    func joining() async {
        var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor.concatenated([Tensor<Float>(zeros: [2, 3]), Tensor(zeros: [3])])
        }
        expectMessage(result, "concatenated: the shapes [2, 3] and [3] differ")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor.stacked([Tensor<Float>(zeros: [2]), Tensor(zeros: [3])])
        }
        expectMessage(result, "stacked: the shapes [2] and [3] differ")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor<Float>(zeros: [4]).split(sizes: [1, 2])
        }
        expectMessage(result, "split: the sizes [1, 2] do not add up to axis 0 of the shape [4]")
    }
}

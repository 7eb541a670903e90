import Testing

@testable import Tensor

@Test("a chain of operations gives what arithmetic gives")
func arithmeticChain() {
    let a = Tensor<Float>([[1, 2, 3], [4, 5, 6]])
    let b = (a * 2 + 1).sum(axis: -1, keepDimensions: true)
    #expect(b.array == [15, 33])
    #expect(a.matmul(a.transposed()).array == [14, 32, 32, 77])
    #expect(a.transposed().matmul(a).array == [17, 22, 27, 22, 29, 36, 27, 36, 45])
    #expect(a.sum(axes: [0]).array == [5, 7, 9])
    #expect((a - a.mean(axis: 0)).array == [-1.5, -1.5, -1.5, 1.5, 1.5, 1.5])
    #expect(a.transposed().argmax(axis: 0).array == [2, 2])
}

@Test("Philox gives the published vectors")
func philox() {
    let zero = RandomKey.block(key: 0, low: 0, high: 0)
    #expect(zero == (0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    let ones = RandomKey.block(key: .max, low: .max, high: .max)
    #expect(ones == (0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    let pi = RandomKey.block(key: 0x299f_31d0_a409_3822, low: 0x85a3_08d3_243f_6a88, high: 0x0370_7344_1319_8a2e)
    #expect(pi == (0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
    let x = Tensor<Float>(randomNormal: [100_000], key: RandomKey(seed: 1))
    #expect(abs(x.mean().scalar) < 0.01)
    #expect(abs(x.variance().scalar - 1) < 0.02)
}

import Tensor
import Testing

@Suite("Rounding to k-quants")
struct KQuantizationTests {
    /// The root mean square error of rounding normal numbers, in units of their deviation.
    private static func error(_ format: BlockFormat, _ values: Tensor<Float>) -> Float {
        let back = QuantizedTensor(quantizing: values, as: format).dequantized()
        return (back - values).squared().mean().sqrt().scalar
    }

    @Test("normal numbers lose no more than the bits of a weight allow")
    func normalNumbers() {
        let values = Tensor<Float>(randomNormal: [16, 1024], key: RandomKey(seed: 1))
        // A sub-block of 32 spans about 4.2 deviations in 15 steps, one of 16 about 2 x 2 in 62: a step / sqrt(12).
        #expect(KQuantizationTests.error(.q4_K, values) < 4.2 / 15 / 3.46)
        #expect(KQuantizationTests.error(.q6_K, values) < 4.0 / 62 / 3.46)
        #expect(KQuantizationTests.error(.q4_K, values) < KQuantizationTests.error(.q4_1, values))
    }

    @Test(
        "multiples of a step are kept by Q4_K, and to half a step by Q6_K, whose sub-blocks may end before the last step"
    )
    func exactValues() {
        let steps = (0..<256).map { Float($0 * 7 % 16) }
        let four = Tensor<Float>(steps.map { $0 * 0.5 - 2 }, shape: [1, 256])
        let back = QuantizedTensor(quantizing: four, as: .q4_K).dequantized()
        #expect((back - four).abs().maximum().scalar < 0.01)
        let six = Tensor<Float>((0..<256).map { Float($0 * 11 % 63 - 32) * 0.25 }, shape: [1, 256])
        let sixBack = QuantizedTensor(quantizing: six, as: .q6_K).dequantized()
        #expect((sixBack - six).abs().maximum().scalar < 0.125)
    }

    @Test("zeros, tiny, constant and positive blocks", arguments: [BlockFormat.q4_K, .q6_K])
    func edges(format: BlockFormat) {
        func back(_ values: [Float]) -> [Float] {
            QuantizedTensor(quantizing: Tensor(values, shape: [1, 256]), as: format).dequantized().array
        }
        #expect(back([Float](repeating: 0, count: 256)).allSatisfy { $0 == 0 })
        #expect(back([Float](repeating: 1e-30, count: 256)).allSatisfy { $0 == 0 })
        for value: Float in [3, -3] {
            #expect(back([Float](repeating: value, count: 256)).allSatisfy { abs($0 - value) < 0.01 })
        }
        let positive = (0..<256).map { 5 + Float($0 % 10) }
        #expect(zip(back(positive), positive).allSatisfy { abs($0 - $1) < 0.6 })
    }

    @Test("a block that is not finite becomes NaN, its neighbours do not", arguments: [BlockFormat.q4_K, .q6_K])
    func notFinite(format: BlockFormat) {
        var values = [Float](repeating: 1, count: 1024)
        values[300] = .nan
        values[600] = .infinity
        let back = QuantizedTensor(quantizing: Tensor(values, shape: [2, 512]), as: format).dequantized().array
        #expect(back[256..<768].allSatisfy { $0.isNaN })
        #expect((back[..<256] + back[768...]).allSatisfy { abs($0 - 1) < 0.01 })
    }
}

import Autograd
import Glibc
import Tensor
import Testing

@Suite("Rotary embedding")
struct RotaryTests {
    @Test("derivatives", arguments: [RotaryLayout.half, .interleaved])
    func derivatives(layout: RotaryLayout) throws {
        let table = RotaryTable<Double>(positions: 8, dimensions: 4)
        try DerivativeCheck(shapes: [[2, 2, 3, 4]]) { $0[0].rotaryEmbedding(table, from: 2, layout: layout) }.run()
        try DerivativeCheck(shapes: [[1, 2]]) {
            $0[0].rotaryEmbedding(RotaryTable(positions: 1, dimensions: 2), layout: layout)
        }.run()
        let rows = table.rows(at: Tensor<Int64>([[0, 1, 2], [5, 6, 7]]))
        try DerivativeCheck(shapes: [[2, 2, 3, 4]]) {
            $0[0].rotaryEmbedding(cosines: rows.cosines, sines: rows.sines, layout: layout)
        }.run()
    }

    @Test("pairs are turned as complex numbers, in both layouts")
    func rotation() {
        let table = RotaryTable<Double>(positions: 5, dimensions: 4, base: 100)
        let x = Variable(Tensor<Double>([1, 2, 3, 4], shape: [1, 4]))
        // Position 3: angles 3 and 3 / 10.
        func turned(_ a: Double, _ b: Double, _ angle: Double) -> [Double] {
            [a * cos(angle) - b * sin(angle), b * cos(angle) + a * sin(angle)]
        }
        let interleaved = x.rotaryEmbedding(table, from: 3, layout: .interleaved).value.array
        let half = x.rotaryEmbedding(table, from: 3, layout: .half).value.array
        let (first, second) = (turned(1, 2, 3), turned(3, 4, 0.3))
        let (upper, lower) = (turned(1, 3, 3), turned(2, 4, 0.3))
        #expect(Swift.zip(interleaved, first + second).allSatisfy { abs($0 - $1) < 1e-14 })
        #expect(Swift.zip(half, [upper[0], lower[0], upper[1], lower[1]]).allSatisfy { abs($0 - $1) < 1e-14 })
    }

    @Test("inner products depend on the distance of positions only")
    func relativity() {
        let table = RotaryTable<Double>(positions: 20, dimensions: 8)
        let (a, b) = (Variable(normal([1, 8], seed: 1)), Variable(normal([1, 8], seed: 2)))
        func product(_ i: Int, _ j: Int) -> Double {
            (a.rotaryEmbedding(table, from: i) * b.rotaryEmbedding(table, from: j)).sum().scalar
        }
        #expect(abs(product(2, 5) - product(14, 17)) < 1e-13)
        #expect(abs(product(2, 5) - product(2, 6)) > 1e-3)
    }

    @Test("scalings change the frequencies as their papers say")
    func scalings() {
        /// Radians per position of each pair.
        func frequencies(_ scaling: RotaryScaling, positions: Int = 2, amplitude: Double = 1) -> [Double] {
            let table = RotaryTable<Double>(positions: positions, dimensions: 8, base: 10_000, scaling: scaling)
            return Swift.zip(table.sines.array[4..<8], table.cosines.array[4..<8]).map { atan2($0, $1) }
        }
        let plain = [1, 0.1, 0.01, 0.001]
        func expect(_ actual: [Double], _ expected: [Double], _ what: Comment) {
            #expect(Swift.zip(actual, expected).allSatisfy { abs($0 - $1) < 1e-12 * $1 }, what)
        }
        expect(frequencies(.none), plain, "none")
        expect(frequencies(.linear(factor: 4)), plain.map { $0 / 4 }, "linear")
        // Not longer than the original: unchanged. Twice as long with factor 2: the base grows by 3^(8/6).
        expect(frequencies(.dynamicNTK(factor: 2, originalLength: 8), positions: 8), plain, "dynamic, short")
        let base = 10_000 * pow(3, 8.0 / 6)
        expect(
            frequencies(.dynamicNTK(factor: 2, originalLength: 8), positions: 16),
            (0..<4).map { pow(base, -2 * Double($0) / 8) }, "dynamic, long")
        // Wavelengths 6.3, 63, 628, 6283 against 8192 / 4 / 32 and 8192 / 4 / 8 positions.
        let llama = RotaryScaling.llama3(
            factor: 8, lowFrequencyFactor: 8, highFrequencyFactor: 64, originalLength: 2048)
        let share = (2048 / (2 * Double.pi / 0.1) - 8) / (64 - 8)
        expect(
            frequencies(llama), [1, (1 - share) * 0.1 / 8 + share * 0.1, 0.01 / 8, 0.001 / 8], "llama3")
        // Pairs turning 32 times and once over 4096 positions: 1.31 -> 1 and 2.81 -> 3, so a ramp of 0, 0, 1/2, 1.
        let yarn = RotaryScaling.yarn(factor: 4, originalLength: 4096)
        expect(frequencies(yarn), [1, 0.1, 0.01 / 8 + 0.01 / 2, 0.001 / 4], "yarn")
        let table = RotaryTable<Double>(positions: 1, dimensions: 8, scaling: yarn)
        #expect(table.cosines.array.allSatisfy { abs($0 - (0.1 * log(4) + 1)) < 1e-15 })
    }
}

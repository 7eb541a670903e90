import GoldenSupport
import Tensor
import Testing

@Suite("Products with quantised matrices")
struct QuantizedMatrixTests {
    /// The largest error that rounding activations may cause, as a share of the root mean square that independent terms
    /// of the sum have: half a step of int8 in runs of 32 with the largest element at about two deviations, which is
    /// 2 / 127 / sqrt(12); the steps of int16 are 258 times smaller; of floats only float32 rounding is left.
    private static func tolerance(_ format: BlockFormat) -> Double {
        switch format {
        case .float32, .float16, .bfloat16, .q2_K, .q3_K: 1e-6
        case .q8_0: 3e-5
        default: 8e-3
        }
    }

    /// x Wᵀ in double precision, and the root of the sum of squared terms.
    private static func reference(_ x: Tensor<Float>, _ weight: Tensor<Float>) -> (Tensor<Double>, Tensor<Double>) {
        let (x, weight) = (Tensor<Double>(x), Tensor<Double>(weight))
        return (x.linear(weight), (x * x).linear(weight * weight).sqrt())
    }

    /// The root mean square of the errors in units of what independent terms add up to.
    private static func error(_ y: Tensor<Float>, _ x: Tensor<Float>, _ weight: Tensor<Float>) -> Double {
        let (expected, scale) = reference(x, weight)
        let share = (Tensor<Double>(y) - expected) / scale
        return (share * share).mean().sqrt().scalar
    }

    @Test("weights are read back bit for bit", arguments: BlockFormat.allCases)
    func weights(format: BlockFormat) {
        for rows in [1, 8, 13] {
            let tensor = format.randomTensor(rows: rows, columns: 768, seed: 3)
            let matrix = QuantizedMatrix(tensor)
            let expected = tensor.dequantized()
            #expect(matrix.dequantized().array.map(\.bitPattern) == expected.array.map(\.bitPattern), "\(format)")
            #expect(matrix.dequantized(rows: rows - 1..<rows).array == expected[rows - 1].array)
            let ids = Tensor<Int64>([[0, Int64(rows - 1)], [0, 0]])
            #expect(matrix.rows(ids).shape == [2, 2, 768])
            #expect(matrix.rows(ids).array == expected.rows(ids).array)
        }
    }

    @Test("the blocks that llama.cpp made are read back as it reads them", arguments: BlockFormat.allCases)
    func golden(format: BlockFormat) throws {
        guard format.dtype == nil else { return }
        for folder in try Golden.folders(topic: "core/gguf") {
            let file = try folder.tensors("gguf_blocks.safetensors")
            let blocks = try file.golden("\(format)/raw", as: UInt8.self)
            let expected = try file.golden("\(format)/f32", as: Float.self)
            let shape: TensorShape = [expected.count / expected.shape[-1], expected.shape[-1]]
            let matrix = QuantizedMatrix(QuantizedTensor(blocks: blocks.array, format: format, shape: shape))
            let mismatch = Golden.mismatch(
                actual: AnyTensor(matrix.dequantized()), expected: AnyTensor(expected.reshaped(shape)), rtol: 1e-6,
                atol: 0)
            #expect(mismatch == nil, "\(mismatch ?? "")")
            let x = Tensor<Float>(randomNormal: [3, shape[1]], key: RandomKey(seed: 4))
            let error = QuantizedMatrixTests.error(x.linear(matrix), x, expected.reshaped(shape))
            #expect(error < QuantizedMatrixTests.tolerance(format))
        }
    }

    @Test("products of 1 to 20 rows are those of the dequantised weights", arguments: BlockFormat.allCases)
    func products(format: BlockFormat) {
        let weight = QuantizedMatrix(format.randomTensor(rows: 37, columns: 768, seed: 5))
        let bias = Tensor<Float>(randomNormal: [37], key: RandomKey(seed: 6))
        let plain = weight.dequantized()
        for rows in 1...20 {
            let x = Tensor<Float>(randomNormal: [rows, 768], key: RandomKey(seed: UInt64(rows)))
            let rounded = QuantizedMatrixTests.error(x.linear(weight), x, plain)
            #expect(rounded < QuantizedMatrixTests.tolerance(format), "\(format), \(rows) rows")
            let exact = QuantizedMatrixTests.error(x.linear(weight, isExact: true), x, plain)
            #expect(exact < 1e-6, "\(format), \(rows) rows, exact")
            let biased = x.linear(weight, bias: bias) - x.linear(weight) - bias
            // A sum that begins with the bias is rounded differently: by a few units of its last place.
            #expect(biased.abs().maximum().scalar < 2e-6 * (x.linear(weight).abs().maximum().scalar + 1))
        }
    }

    @Test("long rows are summed in spans", arguments: [BlockFormat.q4_1, .q4_K, .q5_K, .q6_K, .q8_0, .bfloat16])
    func longRows(format: BlockFormat) {
        let weight = QuantizedMatrix(format.randomTensor(rows: 11, columns: 5120, seed: 7))
        let x = Tensor<Float>(randomNormal: [2, 3, 5120], key: RandomKey(seed: 8))
        let y = x.linear(weight)
        #expect(y.shape == [2, 3, 11])
        let flat = x.reshaped([6, 5120])
        let error = QuantizedMatrixTests.error(y.reshaped([6, 11]), flat, weight.dequantized())
        #expect(error < QuantizedMatrixTests.tolerance(format))
    }

    @Test("a row's result does not depend on the other rows", arguments: BlockFormat.allCases)
    func independence(format: BlockFormat) {
        guard format != .float32, format != .q2_K, format != .q3_K else { return }
        let weight = QuantizedMatrix(format.randomTensor(rows: 21, columns: 512, seed: 9))
        let most = format.dtype == nil ? 150 : 8
        let x = Tensor<Float>(randomNormal: [most, 512], key: RandomKey(seed: 10))
        let together = x.linear(weight).array
        for row in 0..<most {
            #expect(x[row].linear(weight).array == Array(together[row * 21..<row * 21 + 21]), "\(format), row \(row)")
        }
    }

    @Test("a row that is not finite gives NaN, its neighbours do not")
    func notFinite() {
        for format in [BlockFormat.q4_0, .q8_0, .q6_K] {
            let weight = QuantizedMatrix(format.randomTensor(rows: 9, columns: 256, seed: 11))
            for value in [Float.nan, .infinity, -.infinity] {
                var x = Tensor<Float>(randomNormal: [6, 256], key: RandomKey(seed: 12))
                x[2, 100] = Tensor(value)
                let y = x.linear(weight)
                for row in 0..<6 {
                    let isNaN = y[row].array.map(\.isNaN)
                    #expect(isNaN == [Bool](repeating: row == 2, count: 9), "\(format), \(value), row \(row)")
                }
            }
            let zeros = Tensor<Float>(zeros: [2, 256]).linear(weight)
            #expect(zeros.array.allSatisfy { $0 == 0 })
            let tiny = Tensor<Float>(repeating: .leastNonzeroMagnitude, shape: [1, 256]).linear(weight)
            #expect(tiny.array.allSatisfy { abs($0) < 1e-30 })
        }
    }

    @Test("stacked matrices are one matrix", arguments: [BlockFormat.q4_1, .q6_K, .q8_0, .bfloat16, .float32, .q3_K])
    func stacking(format: BlockFormat) {
        let parts = [5, 16, 3, 0, 9].enumerated().map {
            format.randomTensor(rows: $1, columns: 256, seed: UInt64(20 + $0))
        }
        let stacked = QuantizedMatrix(stacking: parts)
        #expect(stacked.rowCount == 33)
        #expect(stacked.dequantized().array == parts.flatMap { $0.dequantized().array })
        let x = Tensor<Float>(randomNormal: [2, 256], key: RandomKey(seed: 13))
        let apart = parts.map { x.linear(QuantizedMatrix($0)) }
        #expect(x.linear(stacked).array == Tensor.concatenated(apart, axis: 1).array)
    }

    @Test("empty products", arguments: BlockFormat.allCases)
    func empty(format: BlockFormat) {
        let weight = QuantizedMatrix(format.randomTensor(rows: 3, columns: 256, seed: 14))
        #expect(Tensor<Float>(zeros: [0, 256]).linear(weight).shape == [0, 3])
        let noRows = QuantizedMatrix(format.randomTensor(rows: 0, columns: 256, seed: 14))
        #expect(Tensor<Float>(ones: [2, 256]).linear(noRows).shape == [2, 0])
        let noColumns = QuantizedMatrix(format.randomTensor(rows: 3, columns: 0, seed: 14))
        #expect(Tensor<Float>(ones: [2, 0]).linear(noColumns, bias: Tensor([1, 2, 3])).array == [1, 2, 3, 1, 2, 3])
    }

    @Test("interleaving keeps the size of the blocks", arguments: BlockFormat.allCases)
    func size(format: BlockFormat) {
        let tensor = format.randomTensor(rows: 64, columns: 768, seed: 15)
        let ratio = Double(QuantizedMatrix(tensor).byteCount) / Double(tensor.byteCount)
        #expect(ratio <= 1.12)
    }

    @Test("the result does not depend on the number of threads")
    func threads() async {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            for format in BlockFormat.allCases {
                let weight = QuantizedMatrix(format.randomTensor(rows: 1003, columns: 768, seed: 16))
                for rows in [1, 8, 130] {
                    let x = Tensor<Float>(randomNormal: [rows, 768], key: RandomKey(seed: 17))
                    Parallelism.threadCount = 1
                    let expected = x.linear(weight).array
                    for count in [2, 3, 7] {
                        Parallelism.threadCount = count
                        require(x.linear(weight).array == expected, "\(format), \(rows) rows, \(count) threads")
                    }
                }
            }
        }
        expectNoReport(result)
    }

    @Test("shapes that do not fit stop the program")
    func traps() async {
        var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let weight = QuantizedMatrix(BlockFormat.q4_0.randomTensor(rows: 3, columns: 64, seed: 1))
            _ = Tensor<Float>(zeros: [2, 32]).linear(weight)
        }
        expectMessage(result, "linear: the weight Q4_0[3, 64] does not fit the input [2, 32]: it must be [out, 32]")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let weight = QuantizedMatrix(BlockFormat.q4_0.randomTensor(rows: 3, columns: 64, seed: 1))
            _ = Tensor<Float>(zeros: [2, 64]).linear(weight, bias: Tensor([1, 2]))
        }
        expectMessage(result, "linear: the bias has shape [2], but the weight Q4_0[3, 64] wants [3]")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = QuantizedMatrix(stacking: [
                BlockFormat.q4_0.randomTensor(rows: 3, columns: 64, seed: 1),
                BlockFormat.q4_1.randomTensor(rows: 3, columns: 64, seed: 1),
            ])
        }
        expectMessage(
            result,
            "QuantizedMatrix: Q4_1[3, 64] does not fit Q4_0[3, 64]: matrices of one format and number of columns are needed"
        )
    }
}

import Glibc
import GoldenSupport
import Tensor
import Testing

@Suite("GGUF files and block formats")
struct GGUFTests {
    private static let blockFormats = BlockFormat.allCases.filter { $0.dtype == nil }

    @Test("blocks have the values that llama.cpp gives them", arguments: blockFormats)
    func dequantization(format: BlockFormat) throws {
        for folder in try Golden.folders(topic: "core/gguf") {
            let file = try folder.tensors("gguf_blocks.safetensors")
            let blocks = try file.golden("\(format)/raw", as: UInt8.self)
            let expected = try file.golden("\(format)/f32")
            let tensor = QuantizedTensor(blocks: blocks.array, format: format, shape: expected.shape)
            let mismatch = Golden.mismatch(
                actual: AnyTensor(tensor.dequantized()), expected: expected, rtol: 1e-6, atol: 0)
            #expect(mismatch == nil, "\(mismatch ?? "")")
            let lastRow = tensor.dequantized(rows: tensor.rowCount - 1..<tensor.rowCount)
            #expect(lastRow.array == Array(tensor.dequantized().array.suffix(tensor.columnCount)))
        }
    }

    @Test("quantising gives llama.cpp's bytes", arguments: [BlockFormat.q4_0, .q4_1, .q8_0])
    func quantization(format: BlockFormat) throws {
        for folder in try Golden.folders(topic: "core/gguf") {
            let file = try folder.tensors("gguf_blocks.safetensors")
            let source = try file.golden("\(format)/src", as: Float.self)
            let expected = try file.golden("\(format)/raw", as: UInt8.self).array
            let actual = QuantizedTensor(quantizing: source, as: format).withUnsafeBytes { Array($0) }
            #expect(actual == expected)
        }
    }

    @Test("zeros stay zeros; a block that is not finite becomes NaN, its neighbours do not")
    func extremeBlocks() {
        for format in [BlockFormat.q4_0, .q4_1, .q8_0] {
            var values = [Float](repeating: 0, count: 128)
            values[40] = .nan
            values[70] = .infinity
            for i in 96..<128 { values[i] = .leastNonzeroMagnitude }
            let back = QuantizedTensor(quantizing: Tensor(values, shape: [2, 64]), as: format).dequantized().array
            #expect(back[0..<32].allSatisfy { $0 == 0 }, "\(format)")
            #expect(back[32..<96].allSatisfy { $0.isNaN }, "\(format)")
            #expect(back[96...].allSatisfy { $0 == 0 }, "\(format)")
        }
    }

    @Test("quantising errs by at most half a step of the format")
    func quantizationError() {
        let values: [Float] = (0..<2048).map { (i: Int) -> Float in
            let wave: Double = sin(Double(i * i))
            return Float(wave) * Float(1 + i / 256)
        }
        let cases: [(BlockFormat, Float)] = [(.q4_0, 8), (.q4_1, 15), (.q8_0, 127)]
        for (format, steps) in cases {
            let back = QuantizedTensor(quantizing: Tensor(values, shape: [4, 512]), as: format).dequantized().array
            for block in 0..<64 {
                let part = block * 32..<block * 32 + 32
                let (low, high) = (values[part].min()!, values[part].max()!)
                let range: Float = format == .q4_1 ? high - low : max(high, -low)
                // One half for rounding (one step at the clipped end of Q4_0), a little for the float16 scale, whose error
                // of 2^-11 counts up to 127 times.
                let share: Float = format == .q4_0 ? 1.02 : 0.57
                let tolerance: Float = range / steps * share
                let worst: Float = part.map { (i: Int) -> Float in abs(back[i] - values[i]) }.max()!
                #expect(worst <= tolerance, "\(format), block \(block)")
            }
        }
    }

    @Test("plain formats share memory or convert, whatever their alignment")
    func plainFormats() throws {
        let values: [Float] = [1, -2.5, 3, 0.125]
        for format in [BlockFormat.float32, .float16, .bfloat16] {
            let tensor = QuantizedTensor(quantizing: Tensor(values, shape: [2, 2]), as: format)
            #expect(tensor.dequantized().array == values)
            #expect(tensor.dequantized(rows: 1..<2).array == [3, 0.125])
            #expect(tensor.plain?.dtype == format.dtype)
        }
        let column = Tensor<Float>([[1, 2], [3, 4]]).narrowed(axis: 0, from: 1, count: 1)
        #expect(QuantizedTensor(quantizing: column, as: .float32).dequantized().array == [3, 4])
    }

    @Test("the metadata and tensors of a small file are read exactly")
    func miniature() throws {
        for folder in try Golden.folders(topic: "core/gguf") {
            let file = try GGUFFile(contentsOf: folder.file("mini.gguf"))
            let index = try folder.index("mini.json")
            #expect(file.version == 3)
            #expect(file.alignment == index["alignment"]?.intValue)
            #expect(file.dataOffset == index["data_offset"]?.intValue)
            for member in try #require(index["kv"]?.objectValue) where !member.key.hasPrefix("GGUF.") {
                let value = try #require(file[member.key], "\(member.key)")
                #expect(agree(value, member.value), "\(member.key): \(value)")
            }
            #expect(file.metadata.count == index["kv"]?["GGUF.kv_count"]?.intValue)
            let tensors = try #require(index["tensors"]?.arrayValue)
            #expect(file.entries.count == tensors.count)
            for (entry, expected) in zip(file.entries, tensors) {
                #expect(entry.name == expected["name"]?.stringValue)
                #expect(entry.format.description == expected["type"]?.stringValue)
                let shape = try #require(expected["ggml_shape"]?.arrayValue).compactMap(\.intValue)
                #expect(Array(entry.shape) == shape.reversed())
                // The reference counts offsets from the start of the file.
                #expect(entry.byteRange.lowerBound == expected["offset"]?.intValue)
                #expect(entry.byteRange.count == expected["n_bytes"]?.intValue)
                let values = try #require(expected["values"]?.arrayValue).compactMap(\.doubleValue)
                let actual = try file.tensor(named: entry.name).dequantized().cast(to: Double.self).array
                // The index holds the first values only.
                #expect(actual.count == entry.shape.elementCount && values.count >= 12)
                let mismatch = Golden.mismatch(
                    actual: Array(actual.prefix(values.count)), expected: values, rtol: 1e-6, atol: 0)
                #expect(mismatch == nil, "\(entry.name): \(mismatch ?? "")")
            }
            #expect(throws: TensorFileError.self) { try file.tensor(named: "absent") }
        }
    }

    @Test("every metadata type keeps its type")
    func metadataTypes() throws {
        let path = try #require(try Golden.folders(topic: "core/gguf").first).file("mini.gguf")
        let file = try GGUFFile(contentsOf: path)
        #expect(file["t.u8"] == .uint8(200) && file["t.i8"] == .int8(-5) && file["t.u16"] == .uint16(60000))
        #expect(
            file["t.i16"] == .int16(-30000) && file["t.u32"] == .uint32(4_000_000_000) && file["t.i32"] == .int32(-7))
        #expect(file["t.u64"] == .uint64(9_223_372_036_854_775_809) && file["t.i64"] == .int64(-1_099_511_627_776))
        #expect(file["t.f32"] == .float32(1.5) && file["t.f64"] == .float64(0.1) && file["t.bool"] == .bool(true))
        #expect(file["t.str"] == .string("héllo 你"))
        #expect(file["t.arr_s"]?.stringArray == ["a", "", "é"])
        #expect(file["t.arr_i"]?.stringArray == nil)
        #expect(file["t.u64"]?.intValue == nil && file["absent"] == nil)
    }

    private func agree(_ value: GGUFValue, _ expected: JSON) -> Bool {
        switch value {
        case .string(let text): expected.stringValue == text
        case .bool(let flag): expected.boolValue == flag
        case .uint64(let number): expected == .unsigned(number) || expected.intValue.map(UInt64.init) == number
        case .array(let elements):
            elements.count == expected.arrayValue?.count
                && zip(elements, expected.arrayValue ?? []).allSatisfy { agree($0, $1) }
        case .float32, .float64: value.doubleValue == expected.doubleValue
        default: value.intValue == expected.intValue
        }
    }
}

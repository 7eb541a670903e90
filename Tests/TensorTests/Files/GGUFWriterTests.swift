import GoldenSupport
import Tensor
import Testing

@Suite("Writing GGUF files")
struct GGUFWriterTests {
    private static let everyType: [(key: String, value: GGUFValue)] = [
        ("general.architecture", .string("llama")), ("a", .uint8(255)), ("b", .int8(-128)), ("c", .uint16(65535)),
        ("d", .int16(-32768)), ("e", .uint32(.max)), ("f", .int32(.min)), ("g", .float32(-0.0)), ("h", .bool(true)),
        ("i", .string("é\0 e\u{301}")), ("j", .uint64(.max)), ("k", .int64(.min)), ("l", .float64(5e-324)),
        ("m", .array([])), ("n", .array([.string(""), .string("x")])),
        ("o", .array([.array([.int32(1)]), .array([.int32(2), .int32(3)])])),
        ("", .array([.bool(false), .bool(true)])),
    ]

    @Test("every type of value and every format of tensors comes back as it was")
    func roundTrip() throws {
        let numbers = Tensor<Float>(randomNormal: [3, 2, 256], key: RandomKey(seed: 1))
        var tensors = [GGUFTensor(name: "scalar", QuantizedTensor(quantizing: Tensor(1.5), as: .float32))]
        tensors.append(GGUFTensor(name: "odd", QuantizedTensor(quantizing: Tensor([1, 2, 3]), as: .float16)))
        tensors.append(GGUFTensor(name: "none", QuantizedTensor(quantizing: Tensor(zeros: [0, 4]), as: .float32)))
        for format in BlockFormat.allCases {
            let count = numbers.count / format.blockLength * format.blockByteCount
            let blocks = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            tensors.append(
                GGUFTensor(name: "\(format)", QuantizedTensor(blocks: blocks, format: format, shape: numbers.shape)))
        }
        for alignment in [nil, 8, 64] as [UInt32?] {
            let metadata = Self.everyType + (alignment.map { [("general.alignment", .uint32($0))] } ?? [])
            let bytes = try GGUFFile.bytes(tensors, metadata: metadata)
            let file = try GGUFFile(bytes: bytes)
            #expect(file.version == 3 && file.alignment == Int(alignment ?? 32))
            #expect(bytes.count % file.alignment == 0)
            #expect(file.metadata.count == metadata.count)
            for (found, wanted) in zip(file.metadata, metadata) {
                #expect(found.key.utf8.elementsEqual(wanted.key.utf8) && found.value == wanted.value, "\(wanted.key)")
            }
            #expect(file.entries.map(\.name) == tensors.map(\.name))
            for tensor in tensors {
                let (found, wanted) = (try file.tensor(named: tensor.name), try tensor.make())
                #expect(found.shape == wanted.shape && found.format == wanted.format)
                #expect(found.withUnsafeBytes { Array($0) } == wanted.withUnsafeBytes { Array($0) }, "\(tensor.name)")
            }
            #expect(try GGUFFile(bytes: GGUFFile.bytes([], metadata: metadata)).entries.isEmpty)
        }
    }

    @Test("a file that was read is written again byte for byte")
    func identity() throws {
        for topic in ["core/gguf", "core/gguf-models"] {
            let folder = try Golden.folders(topic: topic)[0]
            for name in topic == "core/gguf" ? ["mini.gguf"] : ["llama-tiny.gguf", "bert-tiny.gguf"] {
                let original = try MappedFile(contentsOf: folder.file(name)).array
                let file = try GGUFFile(contentsOf: folder.file(name))
                let tensors = try file.entries.map { GGUFTensor(name: $0.name, try file.tensor(named: $0.name)) }
                #expect(try GGUFFile.bytes(tensors, metadata: file.metadata) == original, "\(name)")
            }
        }
    }

    @Test("what GGUF cannot hold is refused, with the name, and the old file stays")
    func refusals() throws {
        let good = QuantizedTensor(quantizing: Tensor<Float>(zeros: [2, 32]), as: .q8_0)
        let deep = QuantizedTensor(quantizing: Tensor<Float>(zeros: [1, 1, 1, 1, 32]), as: .q8_0)
        let cases: [([GGUFTensor], [(key: String, value: GGUFValue)], String)] = [
            ([.init(name: "x", good), .init(name: "x", good)], [], "x"),
            ([.init(name: "", good)], [], "name"),
            ([.init(name: String(repeating: "x", count: 64), good)], [], "64 bytes"),
            ([.init(name: "deep", deep)], [], "5 axes"),
            (
                [.init(name: "ragged", format: .q4_0, shape: [2, 33]) { () throws(TensorFileError) in good }], [],
                "rows of 33"
            ),
            (
                [.init(name: "other", format: .q4_0, shape: [2, 32]) { () throws(TensorFileError) in good }], [],
                "other"
            ),
            ([], [("k", .bool(true)), ("k", .bool(true))], "twice"),
            ([], [("mixed", .array([.bool(true), .int8(1)]))], "mixed"),
            ([], [("general.alignment", .uint32(3))], "power of two"),
            ([], [("general.alignment", .int8(32))], "power of two"),
        ]
        try inTemporaryDirectory { directory in
            let path = "\(directory)/x.gguf"
            try AtomicFile.write(to: path, [1, 2, 3])
            for (tensors, metadata, word) in cases {
                let error = #expect(throws: TensorFileError.self) {
                    try GGUFFile.write(tensors, metadata: metadata, to: path)
                }
                #expect("\(error!)".contains(word), "\(error!)")
                #expect(try MappedFile(contentsOf: path).array == [1, 2, 3])
            }
        }
        #expect(throws: TensorFileError.self) {
            try GGUFFile.write([.init(name: "x", good)], metadata: [], to: "/nowhere/x.gguf")
        }
    }
}

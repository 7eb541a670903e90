import Glibc
import GoldenSupport
import Tensor
import Testing

@Suite("safetensors files")
struct SafetensorsTests {
    private func folder() throws -> GoldenFolder { try #require(try Golden.folders(topic: "core/safetensors").first) }

    @Test("every element type of the reference is read")
    func elementTypes() throws {
        let file = try folder().tensors("all_types.safetensors")
        #expect(file.metadata.map(\.key) == ["format"] && file.metadata.map(\.value) == ["pt"])
        let types: [(String, DType)] = [
            ("f64", .float64), ("z.f32", .float32), ("f16", .float16), ("bf16", .bfloat16), ("i64", .int64),
            ("i32", .int32), ("i16", .int16), ("i8", .int8), ("u64", .uint64), ("u32", .uint32), ("u16", .uint16),
            ("u8", .uint8),
        ]
        for (name, dtype) in types {
            let tensor = try file.tensor(named: name)
            #expect(tensor.dtype == dtype && tensor.shape == [2, 3], "\(name)")
            #expect(tensor.cast(to: Int32.self).array == [0, 1, 2, 3, 4, 5], "\(name)")
        }
        #expect(try file.tensor(named: "bool", as: Bool.self).array == [false, true, false, true, false, true])
        #expect(try file.tensor(named: "B.f32").shape == [0, 3])
        #expect(try file.tensor(named: "quote \" back\\slash é\n", as: Float.self).scalar == 7)
        #expect(throws: TensorFileError.self) { try file.tensor(named: "absent") }
        #expect(throws: TensorFileError.self) { try file.tensor(named: "f64", as: Float.self) }
    }

    @Test("written files equal the reference's byte for byte, in whatever order the tensors come")
    func writtenBytes() throws {
        for name in ["core/safetensors/all_types", "core/gguf/gguf_blocks", "core/ops/ops"] {
            let path = "\(Golden.packageDirectory)/Tests/Golden/\(name).safetensors"
            let file = try SafetensorsFile(contentsOf: path)
            var tensors: [(name: String, tensor: AnyTensor)] = []
            for entry in file.entries.reversed() {
                tensors.append((entry.name, try file.tensor(named: entry.name)))
            }
            let metadata = Dictionary(uniqueKeysWithValues: file.metadata.map { ($0.key, $0.value) })
            let reference = try MappedFile(contentsOf: path).array
            #expect(try SafetensorsFile.bytes(tensors, metadata: metadata) == reference, "\(name)")
            try inTemporaryDirectory { directory in
                try SafetensorsFile.write(tensors, metadata: metadata, to: "\(directory)/x")
                #expect(try MappedFile(contentsOf: "\(directory)/x").array == reference, "\(name)")
            }
        }
    }

    @Test("8-bit floats are widened to the values of ml_dtypes; their bits stay at hand")
    func float8() throws {
        let file = try folder().tensors("float8.safetensors")
        for name in ["e4m3", "e5m2"] {
            let mismatch = Golden.mismatch(
                actual: try file.tensor(named: name), expected: try file.tensor(named: "\(name).values"), rtol: 0,
                atol: 0)
            #expect(mismatch == nil, "\(name): \(mismatch ?? "")")
            #expect(try file.rawBytes(named: name).array == Array(0...255))
        }
    }

    @Test("a tensor outlives the file value it was read from, and misaligned tensors are copied")
    func lifetime() throws {
        let bytes = try SafetensorsFile.bytes([
            ("a", AnyTensor(Tensor<UInt8>([1]))), ("b", AnyTensor(Tensor<Float>([1.5, 2.5]))),
        ])
        var tensor: Tensor<Float>
        do {
            tensor = try SafetensorsFile(bytes: bytes).tensor(named: "b", as: Float.self)
        }
        #expect(tensor.array == [1.5, 2.5])
        // Mapped memory is read only: changing the tensor copies it.
        tensor += 1
        #expect(tensor.array == [2.5, 3.5])
        let misaligned = bytesOfSafetensors(
            #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}}"#,
            data: [7, 0, 0, 0x80, 0x3F])
        #expect(try SafetensorsFile(bytes: misaligned).tensor(named: "b", as: Float.self).array == [1])
    }

    @Test("an empty file of no tensors is written as the reference does")
    func noTensors() throws {
        #expect(try SafetensorsFile.bytes([]) == [8, 0, 0, 0, 0, 0, 0, 0] + Array("{}      ".utf8))
        #expect(try SafetensorsFile(bytes: SafetensorsFile.bytes([])).entries.isEmpty)
        let x = AnyTensor(Tensor<Float>([1]))
        #expect(throws: TensorFileError.self) { try SafetensorsFile.bytes([("x", x), ("x", x)]) }
        #expect(throws: TensorFileError.self) { try SafetensorsFile.bytes([("__metadata__", x)]) }
    }

    @Test("an index finds tensors in several files and reports what is missing")
    func shards() throws {
        try inTemporaryDirectory { directory in
            try SafetensorsFile.write([("a", AnyTensor(Tensor<Float>([1])))], to: "\(directory)/1.safetensors")
            try SafetensorsFile.write(
                [("b", AnyTensor(Tensor<Float>([2]))), ("c", AnyTensor(Tensor<Float>([3])))],
                to: "\(directory)/2.safetensors")
            let index = "\(directory)/model.safetensors.index.json"
            func write(_ map: JSON) throws { try AtomicFile.write(to: index, JSON.object(["weight_map": map]).utf8()) }
            try write(["c": "2.safetensors", "a": "1.safetensors", "b": "2.safetensors"])
            let sharded = try ShardedSafetensors(index: index)
            #expect(sharded.names == ["c", "a", "b"])
            #expect(sharded.shards.count == 2)
            #expect(try sharded.tensor(named: "b").tensor(as: Float.self)?.array == [2])
            #expect(throws: TensorFileError.self) { try sharded.tensor(named: "d") }
            let bad: [JSON] = [
                ["d": "1.safetensors"], ["a": "3.safetensors"], ["a": "../1.safetensors"], ["a": 1], ["a": ""], [],
            ]
            for map in bad {
                try write(map)
                #expect(throws: TensorFileError.self, "\(map)") { try ShardedSafetensors(index: index) }
            }
        }
    }

    @Test("a header of 1651 tensors is read in well under 1 ms per 100 tensors")
    func headerSpeed() throws {
        let path = "\(Golden.packageDirectory)/Tests/Golden/core/ops/ops.safetensors"
        // Processor time of this thread: other tests run beside this one.
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
        }
        var fastest = Double.infinity
        for _ in 0..<20 {
            let start = now()
            _ = try SafetensorsFile(contentsOf: path)
            fastest = min(fastest, now() - start)
        }
        #expect(fastest < 0.0165, "\(fastest) s")
    }
}

/// A file with the given header, not padded, and data.
func bytesOfSafetensors(_ header: String, data: [UInt8] = []) -> [UInt8] {
    littleEndian(UInt64(header.utf8.count)) + Array(header.utf8) + data
}

/// The bytes of an integer, the lowest first.
func littleEndian<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

import GoldenSupport
import Tensor
import Testing

@Suite("npy and npz files")
struct NPYTests {
    static let types: [(String, DType)] = [
        ("b1", .bool), ("u1", .uint8), ("i1", .int8), ("u2", .uint16), ("i2", .int16), ("f2", .float16),
        ("u4", .uint32), ("i4", .int32), ("f4", .float32), ("u8", .uint64), ("i8", .int64), ("f8", .float64),
    ]

    private func folder() throws -> GoldenFolder { try #require(try Golden.folders(topic: "core/npy").first) }

    @Test("every element type and byte order is read as NumPy wrote it", arguments: types)
    func elementTypes(kind: String, dtype: DType) throws {
        let expected: [Double] = kind == "b1" ? [0, 1, 0, 1, 0, 0] : [0, 1, 2, 3, 4, 120]
        for prefix in dtype.byteCount > 1 ? ["matrix", "big_endian"] : ["matrix"] {
            let tensor = try AnyTensor(contentsOf: folder().file("\(prefix)_\(kind).npy"))
            #expect(tensor.dtype == dtype)
            #expect(tensor.shape == [2, 3])
            #expect(tensor.cast(to: Double.self).array == expected)
        }
    }

    @Test(
        "written files equal NumPy's byte for byte",
        arguments: types.map { "matrix_\($0.0)" } + ["scalar", "vector", "empty", "cube", "special_f4"])
    func writtenBytes(name: String) throws {
        let path = try folder().file("\(name).npy")
        let reference = try MappedFile(contentsOf: path).array
        #expect(try AnyTensor(contentsOf: path).npyBytes() == reference)
        try inTemporaryDirectory { directory in
            try AnyTensor(contentsOf: path).write(to: "\(directory)/x.npy")
            #expect(try MappedFile(contentsOf: "\(directory)/x.npy").array == reference)
        }
    }

    @Test("Fortran order becomes strides")
    func fortranOrder() throws {
        let fortran = try Tensor<Int32>(contentsOf: folder().file("cube_fortran.npy"))
        #expect(fortran.shape == [2, 3, 4])
        #expect(fortran.array == Array(0..<24))
        #expect(!fortran.isContiguous)
    }

    @Test("versions 2 and 3, scalars, empty arrays and special values are read")
    func variants() throws {
        for major in [2, 3] {
            let tensor = try Tensor<Float>(contentsOf: folder().file("version_\(major).npy"))
            #expect(tensor.array == [0, 1, 2, 3, 4, 120])
        }
        let scalar = try Tensor<Double>(contentsOf: folder().file("scalar.npy"))
        #expect(scalar.rank == 0 && scalar.scalar == 2.5)
        let empty = try Tensor<Float>(contentsOf: folder().file("empty.npy"))
        #expect(empty.shape == [0, 3])
        let special = try Tensor<Float>(contentsOf: folder().file("special_f4.npy")).array
        #expect(special[0].isNaN && special[1] == .infinity && special[2] == -.infinity)
        #expect(special[3].sign == .minus && special[4] == Float(bitPattern: 71362) && special[5] == 3.4e38)
    }

    @Test("another element type is an error, conversion is explicit")
    func typeMismatch() throws {
        let path = try folder().file("matrix_i4.npy")
        let error = #expect(throws: TensorFileError.self) { try Tensor<Float>(contentsOf: path) }
        #expect(error?.field == "descr" && error?.expected == "float32")
        #expect(try Tensor<Float>(converting: AnyTensor(contentsOf: path)).array == [0, 1, 2, 3, 4, 120])
    }

    @Test("bfloat16 cannot be written")
    func bfloat16() {
        let tensor = AnyTensor(Tensor<Float>([1])).cast(to: .bfloat16)
        #expect(throws: TensorFileError.self) { try tensor.npyBytes() }
    }

    @Test("stored, deflated and 64-bit archives are read", arguments: ["stored", "deflated", "zip64"])
    func archives(name: String) throws {
        let tensors = try NPZ.read(folder().file("\(name).npz"))
        #expect(tensors.map(\.name) == ["weights", "steps", "flags"])
        let weights = try #require(tensors[0].tensor.tensor(as: Float.self))
        #expect(weights.shape == [60, 100])
        #expect(weights.array == (0..<6000).map { Float($0 % 7) })
        #expect(tensors[1].tensor.tensor(as: Int64.self)?.scalar == 12)
        #expect(tensors[2].tensor.tensor(as: Bool.self)?.array == (0..<24).map { $0 > 11 })
    }

    @Test("a written archive reads back, and equal arrays give equal bytes")
    func writtenArchive() throws {
        let tensors = [
            (name: "é", tensor: AnyTensor(Tensor<Double>([1.5, .nan]))),
            (name: "empty", tensor: AnyTensor(Tensor<Int32>(zeros: [0, 4]))),
            (name: "view", tensor: AnyTensor(Tensor<Float>([[1, 2], [3, 4]]).transposed())),
        ]
        let bytes = try NPZ.bytes(tensors)
        #expect(try NPZ.bytes(tensors) == bytes)
        try inTemporaryDirectory { directory in
            try NPZ.write(tensors, to: "\(directory)/x.npz")
            #expect(try MappedFile(contentsOf: "\(directory)/x.npz").array == bytes)
        }
        let back = try NPZ.read(bytes: bytes)
        #expect(back.map(\.name) == ["é", "empty", "view"])
        #expect(back[2].tensor.tensor(as: Float.self)?.array == [1, 3, 2, 4])
        #expect(try NPZ.read(bytes: NPZ.bytes([])).isEmpty)
        #expect(throws: TensorFileError.self) { try NPZ.bytes([tensors[0], tensors[0]]) }
    }

    @Test("deflated members above the caller's limit are refused")
    func limit() throws {
        let path = try folder().file("deflated.npz")
        #expect(throws: TensorFileError.self) { try NPZ.read(path, maximumByteCount: 24_000) }
        #expect(try NPZ.read(path, maximumByteCount: 25_000).count == 3)
    }
}

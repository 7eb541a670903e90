extension AnyTensor {
    /// Reads an .npy file of any element type: versions 1 to 3, either byte order, row-major or Fortran order.
    ///
    /// The elements are copied once. Bytes after the array are an error.
    public init(contentsOf path: String) throws(TensorFileError) {
        try self.init(npy: MappedFile(contentsOf: path))
    }

    /// Reads the bytes of an .npy file.
    public init(npyBytes bytes: [UInt8]) throws(TensorFileError) {
        try self.init(npy: MappedFile(bytes: bytes))
    }

    /// Reads an .npy file that is in memory or mapped.
    init(npy file: MappedFile) throws(TensorFileError) {
        var reader = ByteReader(file)
        let header = try NPYHeader(&reader)
        let byteCount = header.shape.elementCount * header.dtype.byteCount
        guard reader.remaining >= byteCount else {
            throw reader.failure("\(reader.remaining) bytes are left", "elements", expected: "\(byteCount) bytes")
        }
        guard reader.remaining == byteCount else {
            throw TensorFileError(
                path: file.path, problem: "\(reader.remaining - byteCount) bytes follow the array",
                byteOffset: reader.position + byteCount, field: "elements", expected: "the end of the file")
        }
        let elements = try reader.readBytes(count: UInt64(byteCount), "elements")
        let storage = try TensorStorage(byteCount: byteCount, readingFrom: file.path)
        var result = AnyTensor(copying: elements, dtype: header.dtype, shape: header.shape, to: storage)
        withExtendedLifetime(file) {}
        if header.isBigEndian { result.swapBytes() }
        if header.isFortranOrder {
            var strides = TensorShape(repeating: 1, rank: result.rank)
            var step = 1
            for axis in 0..<result.rank {
                strides.extents[axis] = step
                step *= max(result.shape.extents[axis], 1)
            }
            result.layout = Layout(shape: header.shape, strides: strides, offset: 0)
        }
        self = result
    }

    /// Reverses the bytes of every element in storage that nobody else sees.
    private mutating func swapBytes() {
        func swap<Bits: FixedWidthInteger>(_ type: Bits.Type) {
            let elements = storage.bytes.assumingMemoryBound(to: Bits.self)
            for position in 0..<count { elements[position] = elements[position].byteSwapped }
        }
        switch dtype.byteCount {
        case 2: swap(UInt16.self)
        case 4: swap(UInt32.self)
        case 8: swap(UInt64.self)
        default: break
        }
    }

    /// Writes an .npy file, byte for byte as NumPy 2 writes a row-major array; replaces the file atomically.
    ///
    /// bfloat16 does not exist in the format and is an error.
    public func write(to path: String) throws(TensorFileError) {
        let header = try NPYHeader(dtype: dtype, shape: shape).bytes(path: path)
        try AtomicFile.write(to: path) { (output) throws(TensorFileError) in
            try output.write(header)
            try withUnsafeBytes { (elements) throws(TensorFileError) in try output.write(elements) }
        }
    }

    /// The bytes of an .npy file with this tensor.
    public func npyBytes() throws(TensorFileError) -> [UInt8] {
        try NPYHeader(dtype: dtype, shape: shape).bytes(path: "memory") + withUnsafeBytes { Array($0) }
    }
}

extension Tensor {
    /// Reads an .npy file whose element type is `Scalar`; see ``AnyTensor/init(contentsOf:)`` for the format.
    ///
    /// - Throws: ``TensorFileError`` also if the file holds another element type; to convert one, write
    ///   `Tensor<Float>(converting: AnyTensor(contentsOf: path))`.
    public init(contentsOf path: String) throws(TensorFileError) {
        let file = try AnyTensor(contentsOf: path)
        guard let tensor = file.tensor(as: Scalar.self) else {
            throw TensorFileError(
                path: path, problem: "the file holds \(file.dtype)", field: "descr", expected: "\(Scalar.dtype)")
        }
        self = tensor
    }

    /// Converts a tensor of any element type; see ``init(_:)-(Tensor<Source>)`` for the rules.
    public init(converting tensor: AnyTensor) {
        self = tensor.cast(to: Scalar.self)
    }

    /// Writes an .npy file, byte for byte as NumPy 2 writes a row-major array; replaces the file atomically.
    public func write(to path: String) throws(TensorFileError) {
        try AnyTensor(self).write(to: path)
    }
}
